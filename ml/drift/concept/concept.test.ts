import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../random.ts';
import { adwin } from './adwin.ts';
import { ddm } from './ddm.ts';
import type { Change, ChangeDetector } from './detector.ts';
import { pageHinkley } from './page-hinkley.ts';

const DETECTORS: readonly (readonly [string, ChangeDetector])[] = [
  ['adwin', adwin({ delta: 0.002, every: 8, buckets: 5, minimumWindow: 5, warmUp: 50 })],
  [
    'page-hinkley',
    pageHinkley({ warmUp: 100, tolerance: 0.02, threshold: 25, memory: 1, direction: 'both' }),
  ],
  ['ddm', ddm({ warmUp: 200, threshold: 4 })],
];

/** Errors of 2,000 answers, half of them at each rate. */
function errors(before: number, after: number): number[] {
  const random = seededRandom(3);
  return Array.from({ length: 2_000 }, (_, i) => (random() < (i < 1_000 ? before : after) ? 1 : 0));
}

function played<State>({ initial, update }: ChangeDetector<State>, values: readonly number[]) {
  let state = initial;
  const changes: (Change & { at: number })[] = [];
  for (const [at, value] of values.entries()) {
    const next = update(state, value);
    state = next.state;
    if (next.change) changes.push({ at, ...next.change });
  }
  return { state, changes };
}

describe.each(DETECTORS)('%s', (name, detector) => {
  test('finds that answers get worse, and says from which mean to which', () => {
    const { changes } = played(detector, errors(0.1, 0.5));
    expect(changes).toHaveLength(1);
    const [{ at, before, after }] = changes as [(typeof changes)[0]];
    expect(at).toBeGreaterThan(1_000);
    expect(at).toBeLessThan(1_300);
    expect(before).toBeGreaterThan(0.01);
    expect(before).toBeLessThan(0.17);
    expect(after).toBeGreaterThan(name === 'adwin' ? 0.3 : before + 0.04); // the others know the mean since their lowest point
    expect(after).toBeLessThan(0.7);
  });

  test('says nothing of a mean that stays', () =>
    expect(played(detector, errors(0.1, 0.1)).changes).toEqual([]));

  test.skipIf(name === 'ddm')('finds that they get better', () => {
    const [change] = played(detector, errors(0.5, 0.1)).changes;
    expect(change!.after).toBeLessThan(change!.before);
  });

  test('keeps little, however many values there are', () => {
    const few = JSON.stringify(played(detector, errors(0.1, 0.1).slice(0, 300)).state);
    const many = JSON.stringify(played(detector, new Array(40).fill(errors(0.1, 0.1)).flat()).state);
    expect(many.length).toBeLessThan(3 * few.length + 1_000);
  });
});
