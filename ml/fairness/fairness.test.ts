import { describe, expect, test } from 'vitest';
import type { DenseMatrix } from '../matrix.ts';
import { fairnessOf } from './fairness.ts';

const TASK = { name: 't', type: 'classification' as const, labels: ['no', 'yes'] };

/** Rows of a group: how many of each (actual, predicted). */
function rows(group: string, counts: Record<string, number>) {
  return Object.entries(counts).flatMap(([pair, count]) => {
    const [target = '', predicted = ''] = pair.split('>');
    return Array.from({ length: count }, () => ({ group, target, predicted, instance: {} }));
  });
}

const scoresOf = (all: readonly { predicted: string }[]): DenseMatrix => ({
  rows: all.length,
  columns: 2,
  values: Float64Array.from(all.flatMap(({ predicted }) => (predicted === 'yes' ? [0.1, 0.9] : [0.9, 0.1]))),
});

const measured = (all: ReturnType<typeof rows>) =>
  fairnessOf(
    'plan',
    all.map(({ group }) => group),
    TASK,
    scoresOf(all),
    all,
  );

describe('fairness over groups', () => {
  // by hand: predicted yes 50/100 and 20/100; of actual yes 40/50 and 15/50
  const all = [
    ...rows('a', { 'yes>yes': 40, 'yes>no': 10, 'no>yes': 10, 'no>no': 40 }),
    ...rows('b', { 'yes>yes': 15, 'yes>no': 35, 'no>yes': 5, 'no>no': 45 }),
    ...rows('few', { 'yes>no': 5 }),
  ];

  test('differences of rates, with intervals; groups of few samples are left out, and named', async () => {
    const found = (await measured(all))!;
    expect(found.demographicParity).toBeCloseTo(0.3, 12);
    expect(found.equalOpportunity).toBeCloseTo(0.5, 12);
    expect(found.tooSmall).toEqual(['few']);
    expect(found.groups.map(({ group, quality }) => [group, quality])).toEqual([
      ['a', 0.8],
      ['b', 0.6],
    ]);
    const [low, high] = found.intervals.demographicParity!;
    expect(found.intervals.equalOpportunity![0]).toBeLessThan(0.5);
    expect(found.intervals.equalOpportunity![1]).toBeGreaterThan(0.5);
    const error = Math.sqrt((0.5 * 0.5) / 100 + (0.2 * 0.8) / 100);
    expect(Math.abs(low - (0.3 - 1.96 * error))).toBeLessThan(0.05);
    expect(Math.abs(high - (0.3 + 1.96 * error))).toBeLessThan(0.05);
  });

  test('groups that are treated alike have no difference', async () => {
    const same = { 'yes>yes': 20, 'no>no': 20 };
    expect(await measured([...rows('a', same), ...rows('b', same)])).toMatchObject({
      demographicParity: 0,
      equalOpportunity: 0,
    });
  });

  test('one group alone is compared with nothing', async () =>
    expect(await measured(rows('a', { 'yes>yes': 30 }))).toBeUndefined());

  test('of a number: the difference of mean answers', async () => {
    const examples = Array.from({ length: 60 }, (_, row) => ({ instance: {}, target: row < 30 ? 10 : 20 }));
    const groups = examples.map((_, row) => (row < 30 ? 'a' : 'b'));
    const scores = { rows: 60, columns: 1, values: Float64Array.from(examples, ({ target }) => target + 1) };
    const found = await fairnessOf('plan', groups, { name: 't', type: 'regression' }, scores, examples);
    expect(found).toMatchObject({ demographicParity: 10, equalOpportunity: null });
    expect(found!.groups.map(({ quality }) => quality)).toEqual([1, 1]);
  });
});
