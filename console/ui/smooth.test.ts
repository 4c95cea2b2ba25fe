import { expect, test } from 'vitest';
import { smoothed } from './smooth.ts';

test('a smoothed curve begins at its first value, keeps gaps, and is itself without a weight', () => {
  expect(smoothed([4, null, 8], 0)).toEqual([4, null, 8]);
  const [first, gap, second] = smoothed([4, null, 8], 0.5);
  expect([first, gap]).toEqual([4, null]);
  expect(second).toBeCloseTo((0.5 * 8 + 0.25 * 4) / 0.75, 12); // weights 1/2 and 1/4, which add up to 3/4
});

test('a constant stays what it is, however much it is smoothed', () => {
  for (const value of smoothed(Array(50).fill(3), 0.99)) expect(value).toBeCloseTo(3, 9);
});
