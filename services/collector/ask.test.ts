import { expect, test } from 'vitest';
import { Pace, waitBefore } from './ask.ts';

test('attempts come at longer and longer intervals, within a quarter by the seed, at most 5 minutes', () => {
  const waits = Array.from({ length: 12 }, (_, attempt) => waitBefore(attempt, 3_000, 'c/1'));
  for (const [attempt, wait] of waits.entries()) {
    const interval = Math.min(300_000, 3_000 * 2 ** attempt);
    expect(wait).toBeGreaterThanOrEqual(0.75 * interval);
    expect(wait).toBeLessThanOrEqual(1.25 * interval);
  }
  expect(waitBefore(1, 3_000, 'c/1')).toBe(waits[1]);
  expect(waitBefore(1, 3_000, 'd/1')).not.toBe(waits[1]);
});

test('a source that asks to wait longer is waited for', () => {
  expect(waitBefore(1, 3_000, 'c/1', 90_000)).toBe(90_000);
  expect(waitBefore(6, 3_000, 'c/1', 1_000)).toBeGreaterThan(100_000);
});

test('requests pass at a distance, also those of collections that ask at the same time', async () => {
  let now = 0;
  const slept: number[] = [];
  const pace = new Pace({ now: () => now, sleep: async (ms) => void slept.push(ms) }, 3_000);
  const { signal } = new AbortController();
  await pace.pass(signal);
  await pace.pass(signal);
  now = 1_000;
  await pace.pass(signal);
  now = 60_000;
  await pace.pass(signal);
  expect(slept).toEqual([3_000, 5_000]);
});
