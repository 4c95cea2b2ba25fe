import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chiSquareGoodnessOfFit, chiSquareTwoSample } from './chi-square.ts';
import { chiSquareTail, normalTail } from './distributions.ts';

// SciPy 1.17.1: chi2.sf, norm.sf
describe('tails', () => {
  test.each([
    [3.5, 5, 0.6233876277495822],
    [400, 9, 1.3699125019662825e-80],
  ])('chi-square above %d with %d degrees of freedom', (x, freedom, tail) => {
    expect(chiSquareTail(x, freedom) / tail).toBeCloseTo(1, 12);
  });

  test('normal above 10', () => {
    expect(normalTail(10) / 7.61985302416047e-24).toBeCloseTo(1, 12);
  });
});

describe('chiSquareGoodnessOfFit', () => {
  test.each([
    [[0.5, 0.5], [1000, 1200], 18.181818181818183, 2.007865612426481e-5],
    [[50, 50], [4800, 5200], 16, 6.334248366623988e-5],
    [[70, 30], [640, 360], 17.142857142857142, 3.4671076872696563e-5],
    [[120, 340, 90, 15, 435], [60, 150, 71, 22, 197], 47.34068064007212, 1.2950214286705064e-9],
  ])('%j expected, %j observed equals scipy.stats.chisquare', (expected, observed, statistic, pValue) => {
    const result = chiSquareGoodnessOfFit(expected, observed);
    expect(result.statistic).toBeCloseTo(statistic, 10);
    expect(result.pValue / pValue).toBeCloseTo(1, 10);
  });

  test('of a drift that is none', () => {
    const { pValue } = chiSquareGoodnessOfFit([16, 18, 16, 14, 12, 12], [16, 16, 16, 16, 16, 8]);
    expect(pValue).toBeCloseTo(0.67309, 5);
  });

  test('ignores a bin where nothing was expected, unless something is there', () => {
    expect(chiSquareGoodnessOfFit([1, 1, 0], [40, 60, 0])).toEqual(chiSquareGoodnessOfFit([1, 1], [40, 60]));
    expect(() => chiSquareGoodnessOfFit([1, 0], [9, 1])).toThrow(
      expect.objectContaining({ code: 'impossible' }),
    );
  });
});

describe('chiSquareTwoSample', () => {
  test.each([
    [[16, 18, 16, 14, 12, 12], [16, 16, 16, 16, 16, 8], 1.6224089635854342, 0.8985262394026607],
    [[120, 340, 90, 15, 435], [60, 150, 71, 22, 197], 22.724938517330802, 0.0001436969415935401],
  ])('%j and %j equals scipy.stats.chi2_contingency', (reference, actual, statistic, pValue) => {
    const result = chiSquareTwoSample(reference, actual);
    expect(result.statistic).toBeCloseTo(statistic, 10);
    expect(result.pValue).toBeCloseTo(pValue, 12);
  });

  test('ignores bins that are empty in both, and is symmetric', () => {
    const pair = fc.tuple(fc.nat(500), fc.nat(500));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 2, maxLength: 10 }), (pairs) => {
        const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
        fc.pre(a.some((x) => x > 0) && b.some((y) => y > 0));
        const result = chiSquareTwoSample(a, b);
        expect(chiSquareTwoSample([...a, 0], [...b, 0])).toEqual(result);
        expect(chiSquareTwoSample(b, a).statistic).toBeCloseTo(result.statistic, 9);
        expect(result.pValue).toBeGreaterThanOrEqual(0);
        expect(result.pValue).toBeLessThanOrEqual(1);
      }),
    );
  });
});
