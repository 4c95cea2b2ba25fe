import { expect, test } from 'vitest';
import { compareHistograms } from './compare.ts';

const named = (compared: ReturnType<typeof compareHistograms>) => compared.map(({ distance }) => distance);

test('numbers have an order, categories none', () => {
  const counts = { reference: [10, 20, 0], actual: [5, 9, 1] };
  expect(named(compareHistograms({ edges: [0, 1, 2], ...counts }))).toEqual([
    'psi',
    'jensenShannon',
    'hellinger',
    'chiSquare',
    'kolmogorovSmirnov',
    'wasserstein',
  ]);
  expect(named(compareHistograms({ edges: [], ...counts }))).toHaveLength(4);
});

test('equal shares are no distance, a shift is one in each', () => {
  const edges = [0, 1, 2, 3];
  for (const { value, pValue } of compareHistograms({
    edges,
    reference: [20, 20, 20, 0],
    actual: [10, 10, 10, 0],
  })) {
    expect(value).toBe(0);
    expect(pValue).toBeCloseTo(1, 12);
  }
  for (const { value, expected, pValue } of compareHistograms({
    edges,
    reference: [200, 200, 200, 0],
    actual: [10, 30, 80, 0],
  })) {
    expect(value).toBeGreaterThan(2 * expected);
    expect(pValue).toBeLessThan(1e-4);
  }
});

test('a window of missing values alone has no order', () => {
  const compared = compareHistograms({ edges: [0, 1, 2], reference: [10, 10, 0], actual: [0, 0, 12] });
  expect(named(compared)).toHaveLength(4);
  expect(compared[0]!.pValue).toBeLessThan(1e-6);
});
