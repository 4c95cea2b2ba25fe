import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Random, seededRandom } from '../random.ts';
import { type PsiTest, psi, psiTest } from './psi.ts';

const counts = fc
  .array(fc.nat(1000), { minLength: 3, maxLength: 12 })
  .filter((bins) => bins.some((count) => count > 0));
const twoHistograms = fc
  .integer({ min: 2, max: 12 })
  .chain((bins) => {
    const histogram = fc.array(fc.nat(1000), { minLength: bins, maxLength: bins });
    return fc.tuple(histogram, histogram);
  })
  .filter((both) => both.every((bins) => bins.some((count) => count > 0)));

describe('psi', () => {
  test.each([
    [[0.2, 0.5, 0.3], [0.25, 0.45, 0.3], 0.0164252],
    [[0.25, 0.25, 0.25, 0.25], [0.1, 0.15, 0.35, 0.4], 0.2926739],
    [[0.2, 0.8], [0.8, 0.2], 1.6635532],
    [[16, 18, 16, 14, 12, 12], [16, 16, 16, 16, 16, 8], 0.0372184],
  ])('%j against %j is %d', (reference, actual, value) => {
    expect(psi(reference, actual)).toBeCloseTo(value, 7);
  });

  test('is positive unless the shares are equal', () => {
    fc.assert(
      fc.property(twoHistograms, ([reference, actual]) => {
        const [n, m] = [reference, actual].map((bins) => bins.reduce((sum, count) => sum + count));
        const equal = reference.every((count, bin) => count * m! === actual[bin]! * n!);
        const value = psi(reference, actual);
        expect(value > 0).toBe(!equal);
        expect(Number.isFinite(value)).toBe(true);
      }),
    );
  });

  test('is zero for a multiple of the reference, empty bins or not', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 50 }), (reference, times) => {
        const scaled = reference.map((count) => count * times);
        expect(psi(reference, scaled)).toBe(0);
      }),
    );
  });

  test('is symmetric', () => {
    fc.assert(
      fc.property(twoHistograms, ([reference, actual]) => {
        expect(psi(reference, actual)).toBe(psi(actual, reference));
      }),
    );
  });

  test('gives half an observation to a bin that is empty on one side', () => {
    const half = (0.1 - 0.5 / 100) * Math.log(0.1 / (0.5 / 100)) + (0.9 - 1) * Math.log(0.9 / 1);
    expect(psi([10, 90], [0, 100])).toBeCloseTo(half, 12);
  });

  test('takes whole numbers that sum to 1 as one observation', () => {
    const one = (1 - 0.5) * Math.log(1 / 0.5) + (0.5 - 0.5) * Math.log(0.5 / 0.5);
    expect(psi([1, 0], [5, 5])).toBeCloseTo(one, 12);
    expect(psi([1, 0], [0, 1])).toBeCloseTo(2 * (1 - 0.5) * Math.log(1 / 0.5), 12);
  });

  test('adds nothing for a bin that is empty on both sides', () => {
    expect(psi([20, 0, 80], [80, 0, 20])).toBe(psi([20, 80], [80, 20]));
  });

  test('hardly moves for one stray observation in an empty bin of a large sample', () => {
    expect(psi([5000, 5000, 0], [4999, 5000, 1])).toBeLessThan(0.001);
  });

  test('refuses what it cannot compare', () => {
    expect(() => psi([1, 2], [1, 2, 3])).toThrow(expect.objectContaining({ code: 'shape' }));
    expect(() => psi([0, 0], [1, 2])).toThrow(expect.objectContaining({ code: 'empty' }));
    expect(() => psi([1, 2], [1, -2])).toThrow(expect.objectContaining({ code: 'count' }));
    expect(() => psi([1, 2], [1, Number.NaN])).toThrow(expect.objectContaining({ code: 'count' }));
    expect(() => psi([0.5, 0.5], [1, 0])).toThrow(expect.objectContaining({ code: 'shares' }));
  });
});

describe('psiTest', () => {
  test('tends to the chi-square distribution of large samples', () => {
    // SciPy 1.17.1: chi2.sf(psi / scale, 4), scale = 1/1000 + 1/500
    const { psi: value, expected, pValue } = psiTest([120, 340, 90, 15, 435], [60, 150, 71, 22, 197]);
    expect(value).toBeCloseTo(0.06398627340133825, 14);
    expect(expected).toBeCloseTo(0.0122, 4);
    expect(pValue / 0.0002725089117033124).toBeGreaterThan(0.9);
    expect(pValue / 0.0002725089117033124).toBeLessThan(1.3);
  });

  test('counts only bins that hold something', () => {
    expect(psiTest([50, 50, 0], [30, 70, 0])).toEqual(psiTest([50, 50], [30, 70]));
  });

  test('knows nothing of drift within one bin', () => {
    expect(psiTest([50], [70])).toEqual({ psi: 0, expected: 0, pValue: 1 });
  });

  test.each([
    { references: 1000, window: 300, bins: [0.05, 0.1, 0.15, 0.2, 0.2, 0.3] },
    { references: 600, window: 50, bins: Array<number>(10).fill(0.1) },
    { references: 600, window: 50, bins: [0.6, 0.2, 0.1, 0.05, 0.03, 0.01, 0.005, 0.005] },
  ])('is calibrated: $references beside $window without drift', ({ references, window, bins }) => {
    const random = seededRandom(42);
    const rounds = 1000;
    const results = Array.from({ length: rounds }, () =>
      psiTest(sample(bins, references, random), sample(bins, window, random)),
    );
    const meanOf = (of: (result: PsiTest) => number) =>
      results.reduce((sum, result) => sum + of(result), 0) / rounds;
    const alarms = (significance: number) => meanOf(({ pValue }) => (pValue < significance ? 1 : 0));
    expect(meanOf(({ psi }) => psi) / meanOf(({ expected }) => expected)).toBeCloseTo(1, 1);
    expect(alarms(0.1)).toBeGreaterThan(0.07);
    expect(alarms(0.1)).toBeLessThan(0.13);
    expect(alarms(0.01)).toBeGreaterThan(0.002);
    expect(alarms(0.01)).toBeLessThan(0.019);
    expect(alarms(0.001)).toBeLessThan(0.005);
  });
});

function sample(probabilities: readonly number[], size: number, random: Random): number[] {
  const drawn = new Array<number>(probabilities.length).fill(0);
  for (let i = 0; i < size; i++) {
    let rest = random();
    let bin = 0;
    while (bin < drawn.length - 1 && rest >= probabilities[bin]!) rest -= probabilities[bin++]!;
    drawn[bin]!++;
  }
  return drawn;
}
