import { describe, expect, test } from 'vitest';
import { macroF1 } from '../metrics/confusion.ts';
import { randomBinomial, seededRandom } from '../random.ts';
import { bootstrapDifference } from './bootstrap.ts';

const f1 = (counts: readonly number[]) => macroF1({ classes: 2, counts: Int32Array.from(counts) });
const share = ([a, b]: readonly number[]) => a! / (a! + b!);

describe('bootstrapDifference', () => {
  test('of a share equals its standard error', () => {
    const { standardError, interval, difference } = bootstrapDifference([300, 700], [360, 640], share, {
      resamples: 4000,
    });
    expect(difference).toBeCloseTo(0.06, 12);
    expect(standardError).toBeCloseTo(Math.sqrt((0.3 * 0.7 + 0.36 * 0.64) / 1000), 3);
    expect(interval[0]).toBeCloseTo(0.0188, 2);
    expect(interval[1]).toBeCloseTo(0.1012, 2);
  });

  test('gives the same of the same seed', () => {
    const [control, treatment] = [
      [80, 20, 30, 70],
      [90, 10, 15, 85],
    ];
    const once = bootstrapDifference(control, treatment, f1, { seed: 4 });
    expect(bootstrapDifference(control, treatment, f1, { seed: 4 })).toEqual(once);
    expect(bootstrapDifference(control, treatment, f1, { seed: 5 }).interval).not.toEqual(once.interval);
    expect(once.interval[0]).toBeGreaterThan(0);
    expect(once.pValue).toBeLessThan(0.01);
  });

  test('refuses what it cannot resample', () => {
    expect(() => bootstrapDifference([1], [1, 2], share)).toThrow(expect.objectContaining({ code: 'shape' }));
    expect(() => bootstrapDifference([0, 0], [1, 2], share)).toThrow(
      expect.objectContaining({ code: 'empty' }),
    );
    expect(() => bootstrapDifference([5, 0], [9, 0], share)).toThrow(
      expect.objectContaining({ code: 'zero-variance' }),
    );
  });
});

describe('randomBinomial', () => {
  test.each([
    [20, 0.1],
    [1000, 0.3],
    [100_000, 0.0007],
    [50, 0.98],
  ])('of %d trials with %d has its mean and variance', (trials, probability) => {
    const random = seededRandom(2);
    const drawn = Array.from({ length: 4000 }, () => randomBinomial(trials, probability, random));
    const mean = drawn.reduce((sum, k) => sum + k, 0) / drawn.length;
    const variance = drawn.reduce((sum, k) => sum + (k - mean) ** 2, 0) / drawn.length;
    const expected = trials * probability * (1 - probability);
    expect(Math.abs(mean - trials * probability)).toBeLessThan(4 * Math.sqrt(expected / 4000));
    expect(variance / expected).toBeGreaterThan(0.9);
    expect(variance / expected).toBeLessThan(1.1);
    expect(drawn.every((k) => k >= 0 && k <= trials)).toBe(true);
  });

  test('of nothing and of certainty', () => {
    const random = seededRandom(2);
    expect([
      randomBinomial(0, 0.5, random),
      randomBinomial(9, 0, random),
      randomBinomial(9, 1, random),
    ]).toEqual([0, 0, 9]);
  });
});
