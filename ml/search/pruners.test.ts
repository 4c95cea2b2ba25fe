import { describe, expect, test } from 'vitest';
import { isPruned, type PrunerChoice } from './pruners.ts';
import type { Trial } from './trial.ts';

let next = 0;
const trial = (state: Trial['state'], ...values: readonly number[]): Trial => ({
  number: next++,
  values: {},
  state,
  value: state === 'completed' ? values.at(-1) : undefined,
  reports: values.map((value, at) => ({ step: at + 1, value })),
});
const median = { kind: 'median', startup_trials: 3, warmup_steps: 0 } as const;
const done = [trial('completed', 0.5, 0.6), trial('completed', 0.6, 0.7), trial('completed', 0.7, 0.9)];

describe('the median pruner', () => {
  test.each<
    [why: string, values: readonly number[], others: readonly Trial[], choice: PrunerChoice, pruned: boolean]
  >([
    ['ends a trial that is worse than half of the others at its step', [0.5, 0.65], done, median, true],
    ['keeps one that is better', [0.5, 0.75], done, median, false],
    ['keeps one that was better once', [0.8, 0.65], done, median, false],
    ['waits for completed trials', [0.1], done.slice(1), median, false],
    ['waits for the first reports', [0.1], done, { ...median, warmup_steps: 2 }, false],
    ['cannot compare what no other trial has reported', [0.1, 0.1, 0.1], done, median, false],
    ['has nothing to say before a report', [], done, median, false],
    ['ends a trial that reports no number', [Number.NaN], done, median, true],
  ])('%s', (_why, values, others, choice, pruned) => {
    expect(isPruned(choice, trial('running', ...values), others, 'maximize')).toBe(pruned);
  });

  test('takes less as better where the search minimizes', () => {
    expect(isPruned(median, trial('running', 0.5, 0.65), done, 'minimize')).toBe(false);
    expect(isPruned(median, trial('running', 0.8, 0.95), done, 'minimize')).toBe(true);
  });
});

test('a percentile keeps so many per cent', () => {
  const kept = (percentile: number) =>
    !isPruned({ ...median, kind: 'percentile', percentile }, trial('running', 0.66), done, 'maximize');
  expect([10, 25, 60].map(kept)).toEqual([false, true, true]);
});

describe('successive halving', () => {
  const halving = { kind: 'successive_halving', min_resource: 1, reduction_factor: 2 } as const;
  const pruned = (values: readonly number[], others: readonly Trial[], choice: PrunerChoice = halving) =>
    isPruned(choice, trial('running', ...values), others, 'minimize');

  test('lets one of two go on at each rung, and the first where there are too few', () => {
    expect(pruned([5], [])).toBe(false);
    expect(pruned([5], [trial('pruned', 4)])).toBe(true);
    expect(pruned([3], [trial('pruned', 4)])).toBe(false);
    const four = [trial('completed', 1, 1), trial('pruned', 3), trial('running', 4)];
    expect(pruned([2], four)).toBe(false);
    expect(pruned([2, 2], four)).toBe(true); // at the second rung only the first has been
  });

  test('decides nothing between its rungs', () => {
    const choice = { ...halving, min_resource: 3 };
    expect(pruned([9, 9], [trial('completed', 1, 1, 1)], choice)).toBe(false);
    expect(pruned([9, 9, 9], [trial('completed', 1, 1, 1)], choice)).toBe(true);
  });
});
