import { expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';
import { GuardWindow } from './guard.ts';

const limits = { ...DEFAULT_POLICY.guard, window: 60_000, minimumSamples: 100 };
const good = { predictions: 1, failures: 0, timed: 1, slow: 0 };
const slow = { ...good, slow: 1 };
const failed = { predictions: 1, failures: 1, timed: 0, slow: 0 };

/** Counts so many, one each `everyMs`, and returns what was said, with the number of the count. */
function feed(window: GuardWindow, counts: readonly (typeof good)[], { from = 0, everyMs = 10 } = {}) {
  return counts.flatMap((count, i) => {
    const said = window.count('v1', count, limits, from + i * everyMs);
    return said ? [{ ...said, at: i + 1 }] : [];
  });
}
const times = <T>(n: number, value: T): T[] => Array.from({ length: n }, () => value);

test('a version that fails is told once it has enough samples, and once in a window', () => {
  const window = new GuardWindow();
  expect(feed(window, times(500, failed))).toMatchObject([
    { at: 100, predictions: 100, failures: 100, since: 0 },
  ]);
  expect(feed(window, times(200, failed), { from: 60_000 })).toHaveLength(1);
});

test('more than 10 % of failures, or more than 5 % of slow answers, are out of bounds', () => {
  expect(feed(new GuardWindow(), [...times(180, good), ...times(20, failed)])).toEqual([]);
  expect(feed(new GuardWindow(), [...times(180, good), ...times(21, failed)])).toHaveLength(1);
  expect(feed(new GuardWindow(), [...times(190, good), ...times(10, slow)])).toEqual([]);
  expect(feed(new GuardWindow(), [...times(190, good), ...times(11, slow)])).toHaveLength(1);
});

test('what is older than the window does not count, and neither does another version', () => {
  const window = new GuardWindow();
  expect(feed(window, times(99, failed))).toEqual([]);
  expect(feed(window, times(50, failed), { from: 120_000 })).toEqual([]);
  expect(window.count('v2', { ...failed, predictions: 60, failures: 60 }, limits, 121_000)).toBeUndefined();
});

test('a limit of null is none', () => {
  const window = new GuardWindow();
  const none = { ...limits, errorRate: null, p95Ms: null };
  expect(
    window.count('v1', { predictions: 900, failures: 900, timed: 900, slow: 900 }, none, 1),
  ).toBeUndefined();
});
