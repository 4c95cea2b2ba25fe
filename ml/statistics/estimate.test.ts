import { describe, expect, test } from 'vitest';
import { gaussian } from '../../tasks/generated/sample.ts';
import { seededRandom } from '../random.ts';
import { normalBelief, proportionBelief } from './bayes.ts';
import { cuped } from './cuped.ts';
import { relativeLift, welchTest } from './difference.ts';
import {
  meanEstimate,
  normalInterval,
  pairSumsOf,
  proportionEstimate,
  ratioEstimate,
  sumsOf,
} from './estimate.ts';
import { sampleRatio } from './sample-ratio.ts';

const code = (code: string) => expect.objectContaining({ code });
const estimate = (value: number, standardError: number, count = 100) => ({ value, standardError, count });

describe('estimates', () => {
  test('the golden case of Welch, from means and variances', () => {
    const arm = (mean: number, variance: number, n: number) => estimate(mean, Math.sqrt(variance / n), n);
    const { t, freedom, pValue } = welchTest(arm(12, 39, 11), arm(15, 87.5, 13));
    expect(t).toBeCloseTo(0.9358461935556, 12);
    expect(freedom).toBeCloseTo(20.98461123343, 10);
    expect(pValue).toBeCloseTo(0.35999818693244, 12);
  });

  test('refuse what has no variance, no units or no number', () => {
    expect(() => meanEstimate(sumsOf([]))).toThrow(code('too-few'));
    expect(() => meanEstimate(sumsOf([1]))).toThrow(code('too-few'));
    expect(() => sumsOf([1, Number.NaN])).toThrow(code('value'));
    expect(() => pairSumsOf([[1, Number.POSITIVE_INFINITY]])).toThrow(code('value'));
    expect(() =>
      ratioEstimate(
        pairSumsOf([
          [1, 0],
          [2, 0],
        ]),
      ),
    ).toThrow(code('zero-denominator'));
    expect(() => proportionEstimate({ successes: 0, trials: 0 })).toThrow(code('proportion'));
    expect(() => welchTest(estimate(1, 0), estimate(2, 0))).toThrow(code('zero-variance'));
    expect(() => welchTest(estimate(1, 1, 1), estimate(2, 1))).toThrow(code('too-few'));
    expect(() => welchTest(estimate(Number.NaN, 1), estimate(2, 1))).toThrow(code('value'));
    expect(() => relativeLift(estimate(0, 1), estimate(2, 1))).toThrow(code('zero-control'));
  });

  test('one arm without variance can be compared with one that varies', () => {
    expect(welchTest(estimate(1, 0), estimate(2, 0.25)).t).toBe(4);
  });
});

describe('cuped', () => {
  test('takes away the share of the variance that the past explains, and nothing of the effect', () => {
    const random = seededRandom(5);
    const arm = (effect: number) =>
      pairSumsOf(
        Array.from({ length: 4000 }, () => {
          const before = gaussian(random);
          return [0.8 * before + 0.6 * gaussian(random) + effect, before] as const; // correlation 0.8
        }),
      );
    const [control, treatment] = [arm(0), arm(0.1)];
    const { varianceReduction, ...adjusted } = cuped(control, treatment);
    expect(varianceReduction).toBeCloseTo(0.64, 1);
    const [low, high] = welchTest(adjusted.control, adjusted.treatment).interval;
    expect(low).toBeLessThan(0.1);
    expect(high).toBeGreaterThan(0.1);
    expect(high - low).toBeLessThan(0.062); // 0.088 without
  });

  test('adjusts nothing by a past that does not vary', () => {
    const { theta, varianceReduction, control } = cuped(
      pairSumsOf([
        [1, 3],
        [2, 3],
      ]),
      pairSumsOf([
        [2, 3],
        [3, 3],
      ]),
    );
    expect({ theta, varianceReduction, mean: control.value }).toEqual({
      theta: 0,
      varianceReduction: 0,
      mean: 1.5,
    });
  });
});

describe('beliefs', () => {
  test('of equal arms are even', () => {
    const arm = { successes: 30, trials: 100 };
    const { winProbability, lossOfControl, lossOfTreatment } = proportionBelief(arm, arm);
    expect(winProbability).toBeCloseTo(0.5, 9);
    expect(lossOfControl).toBeCloseTo(lossOfTreatment, 12);
    expect(normalBelief(estimate(1, 1), estimate(1, 1)).winProbability).toBeCloseTo(0.5, 12);
  });

  test('of many units are those of a normal distribution', () => {
    const arms = [
      { successes: 8000, trials: 10_000 },
      { successes: 8080, trials: 10_000 },
    ] as const;
    const exact = proportionBelief(...arms);
    const normal = normalBelief(proportionEstimate(arms[0]), proportionEstimate(arms[1]));
    expect(exact.winProbability).toBeCloseTo(normal.winProbability, 3);
    expect(exact.lossOfTreatment).toBeCloseTo(normal.lossOfTreatment, 5);
    expect(exact.lossOfControl - exact.lossOfTreatment).toBeCloseTo(0.008, 5);
  });

  test('nothing seen is believed to be even', () => {
    const nothing = { successes: 0, trials: 1 };
    expect(proportionBelief(nothing, nothing).winProbability).toBeCloseTo(0.5, 9);
  });
});

test('a split that is not the one asked for stops the reading', () => {
  expect(sampleRatio([0.5, 0.5], [1000, 1200]).isMismatch).toBe(true);
  expect(sampleRatio([1, 1], [1000, 1020])).toMatchObject({ isMismatch: false });
  expect(() => sampleRatio([1], [10])).toThrow(code('too-few-arms'));
  expect(() => sampleRatio([1, 0], [10, 0])).toThrow(code('too-few-arms'));
  expect(() => sampleRatio([1, 1], [0, 0])).toThrow(code('empty'));
});

test('an interval of a normal estimate', () => {
  const [low, high] = normalInterval(estimate(1, 0.1));
  expect([low, high].map((edge) => edge.toFixed(4))).toEqual(['0.8040', '1.1960']);
});
