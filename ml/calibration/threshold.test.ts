import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { decisionOf, type TunedFor, tunedThreshold, withThreshold } from './threshold.ts';

/** What a threshold is worth, counted plainly. */
function worth(p: Float64Array, is: Uint8Array, threshold: number, rule: TunedFor, cost: number): number {
  let [hits, alarms, missed, passed] = [0, 0, 0, 0];
  for (const [row, own] of p.entries()) {
    if (own >= threshold) is[row] === 1 ? hits++ : alarms++;
    else is[row] === 1 ? missed++ : passed++;
  }
  if (rule === 'f1') return (2 * hits) / (2 * hits + alarms + missed);
  if (rule === 'youden') return hits / (hits + missed) + passed / (passed + alarms) - 1;
  return -(alarms + cost * missed);
}

describe('a tuned threshold', () => {
  test('is as good as the best of all thresholds, ties among probabilities included', () => {
    const decision = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.boolean());
    fc.assert(
      fc.property(
        fc.array(decision, { minLength: 2, maxLength: 40 }),
        fc.constantFrom<TunedFor>('f1', 'youden', 'cost'),
        fc.constantFrom(0.2, 1, 5),
        (decisions, rule, cost) => {
          const p = Float64Array.from(decisions, ([tenths]) => tenths / 12);
          const is = Uint8Array.from(decisions, ([, positive]) => Number(positive));
          fc.pre(is.includes(0) && is.includes(1));
          const threshold = tunedThreshold(p, is, rule, cost);
          expect(threshold > 0 && threshold < 1).toBe(true);
          const best = Math.max(
            ...[1e-6, 1 - 1e-6, ...Array.from({ length: 12 }, (_, at) => (at + 0.5) / 12)].map((other) =>
              worth(p, is, other, rule, cost),
            ),
          );
          expect(worth(p, is, threshold, rule, cost)).toBeCloseTo(best, 12);
        },
      ),
    );
  });

  test('for costs it is the ratio that calibrated probabilities ask for, 1 / (1 + cost)', () => {
    const random = seededRandom(2);
    const p = Float64Array.from({ length: 40_000 }, random);
    const is = p.map((own) => Number(random() < own));
    expect(tunedThreshold(p, Uint8Array.from(is), 'cost', 4)).toBeCloseTo(0.2, 1);
    expect(tunedThreshold(p, Uint8Array.from(is), 'youden')).toBeCloseTo(0.5, 1);
  });

  test('is 0.5 where one side has no example', () =>
    expect(tunedThreshold(Float64Array.of(0.9, 0.8), Uint8Array.of(1, 1), 'f1')).toBe(0.5));
});

test('a task has the threshold that is given, or tuned; of a number and of more labels it is refused', () => {
  const task = { name: 't', type: 'classification' as const, labels: ['no', 'yes'] };
  const scores = { rows: 3, columns: 2, values: Float64Array.of(0.9, 0.1, 0.7, 0.3, 0.6, 0.4) };
  const examples = ['no', 'yes', 'yes'].map((target) => ({ instance: {}, target }));
  const decided = (threshold: unknown) => withThreshold(task, scores, examples, { threshold });
  expect(decided('even')).toEqual(task);
  expect(decided(0.35)).toEqual({ ...task, threshold: 0.35 });
  expect(decided('f1')).toEqual({ ...task, threshold: 0.2 });
  const several = { ...task, type: 'multilabel' as const };
  const sets = ['', 'yes', 'no|yes'].map((target) => ({ instance: {}, target }));
  expect(withThreshold(several, scores, sets, { threshold: 'f1' })).toHaveProperty('threshold');
  for (const other of [
    { ...task, labels: ['a', 'b', 'c'] },
    { name: 't', type: 'regression' as const },
  ])
    expect(() => decisionOf({ threshold: 'f1' }, other)).toThrow(
      /threshold is for two labels, or for several/,
    );
});
