import { describe, expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import {
  kolmogorovSmirnov,
  kolmogorovSmirnovTest,
  type Ordered,
  orderedBins,
  orderedSamples,
  wassersteinDistance,
  wassersteinTest,
} from './ordered.ts';

const EDGES = [0, 1, 2, 3, 4, 5];

/** Histograms of equal numbers in five bins, dealt at random. */
function withoutDrift(random: () => number, references: number, window: number): Ordered {
  const draw = (size: number) => {
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < size; i++) counts[Math.floor(random() * 5)]!++;
    return counts;
  };
  return orderedBins(EDGES, draw(references), draw(window));
}

test('samples are counted by value', () => {
  expect(orderedSamples([2, 1, 2], [3, 1])).toEqual({
    values: [1, 2, 3],
    reference: [1, 2, 0],
    actual: [1, 0, 1],
  });
  expect(() => orderedSamples([Number.NaN], [1])).toThrow(expect.objectContaining({ code: 'value' }));
});

test('nothing in common is a distance of 1, and of the gap', () => {
  const apart = orderedSamples([0, 0], [5, 5, 5]);
  expect(kolmogorovSmirnov(apart)).toBe(1);
  expect(wassersteinDistance(apart)).toBe(5);
});

describe('Kolmogorov and Smirnov', () => {
  test('the p-value with ties is the share of deals that are as far apart', () => {
    // of the 6 ways to deal 1, 1, 2, 2 in pairs, the two that keep equal values together have distance 1
    expect(kolmogorovSmirnovTest(orderedSamples([1, 1], [2, 2])).pValue).toBeCloseTo(2 / 6, 14);
    expect(kolmogorovSmirnovTest(orderedSamples([1, 2], [1, 2])).pValue).toBeCloseTo(1, 12);
  });
});

test.each([
  { name: 'Kolmogorov and Smirnov', tested: kolmogorovSmirnovTest },
  { name: 'Wasserstein', tested: wassersteinTest },
])('$name is calibrated', ({ tested }) => {
  const random = seededRandom(3);
  const results = Array.from({ length: 500 }, () => tested(withoutDrift(random, 200, 60)));
  const share = results.filter(({ pValue }) => pValue < 0.1).length / results.length;
  expect(share).toBeGreaterThan(0.04);
  expect(share).toBeLessThan(0.14);
  expect(tested(orderedBins(EDGES, [40, 40, 40, 40, 40], [30, 10, 10, 5, 5])).pValue).toBeLessThan(0.001);
});
