import { expect, test } from 'vitest';
import { klDivergence } from './kl.ts';

// Σ p ln(p / q) with half an observation added to each bin, by hand; SciPy's entropy(p, q) of the same shares
test.each([
  [[50, 50], [80, 20], 0.18865452],
  [[100, 0], [0, 100], 5.25079694],
])('of %j from %j is %d', (reference, actual, value) =>
  expect(klDivergence(reference, actual)).toBeCloseTo(value, 7),
);

test('equal shares do not diverge, and a bin that is empty in the reference leaves it finite', () => {
  expect(klDivergence([3, 4, 5], [3, 4, 5])).toBe(0);
  expect(klDivergence([10, 0], [0, 10])).toBeLessThan(Number.POSITIVE_INFINITY);
});
