import { describe, expect, test } from 'vitest';
import { twoProportionZTest } from './proportions.ts';

const of = (successes: number, trials: number) => ({ successes, trials });

describe('twoProportionZTest', () => {
  test.each([
    [of(5, 83), of(12, 99), -1.40783041512588, 0.15918129181157],
    [of(1398, 10_000), of(1608, 10_000), -4.15520062, 3.25e-5],
  ])('%j against %j', (first, second, z, pValue) => {
    const result = twoProportionZTest(first, second);
    expect(result.z).toBeCloseTo(z, 8);
    expect(result.pValue / pValue).toBeCloseTo(1, 4);
  });

  test.each([
    ['smaller', 0.029657717508298063],
    ['larger', 0.970342282491702],
    ['different', 0.05931543501659613],
  ] as const)('accuracy that is perhaps %s', (alternative, pValue) => {
    // SciPy 1.17.1: norm.cdf(z), norm.sf(z), 2 * norm.sf(|z|)
    expect(twoProportionZTest(of(152, 200), of(980, 1200), alternative).pValue).toBeCloseTo(pValue, 13);
  });

  test('has nothing to say where all trials agree', () => {
    expect(twoProportionZTest(of(10, 10), of(30, 30), 'smaller')).toEqual({ z: 0, pValue: 1 });
    expect(twoProportionZTest(of(0, 10), of(0, 30))).toEqual({ z: 0, pValue: 1 });
  });

  test.each([of(0, 0), of(3, 2), of(-1, 2), of(Number.NaN, 2)])('refuses %j', (broken) => {
    expect(() => twoProportionZTest(broken, of(1, 2))).toThrow(
      expect.objectContaining({ code: 'proportion' }),
    );
    expect(() => twoProportionZTest(of(1, 2), broken)).toThrow(
      expect.objectContaining({ code: 'proportion' }),
    );
  });
});
