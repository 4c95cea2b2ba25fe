import { describe, expect, test } from 'vitest';
import { armsOf, metricsOf, simulateExperiment } from '../../test/harness/experiments.ts';
import { seededRandom } from '../random.ts';
import { proportionEstimate, sumsOf } from './estimate.ts';
import { analyseExperiment, type ExperimentMetric } from './experiment.ts';
import { EXPERIMENT_RULES, type ExperimentArm, type ExperimentRules } from './experiment-rules.ts';
import { twoProportionZTest } from './proportions.ts';
import { sequentialDifference } from './sequential.ts';

const ONCE: ExperimentRules = { ...EXPERIMENT_RULES, isSequential: false };
const arms = (...units: number[]): ExperimentArm[] =>
  units.map((units, at) => ({ name: at === 0 ? 'control' : `treatment ${at}`, weight: 1, units }));

const accuracy = (...right: number[]): ExperimentMetric => ({
  name: 'accuracy',
  role: 'primary',
  better: 'higher',
  kind: 'proportion',
  arms: right.map((successes) => ({ successes, trials: 5000 })),
});
/** Seconds with a mean of so much, and a deviation of 1. */
const seconds = (...means: number[]): ExperimentMetric => ({
  name: 'seconds',
  role: 'guardrail',
  better: 'lower',
  kind: 'mean',
  arms: means.map((mean) => ({ count: 5000, sum: 5000 * mean, squares: 5000 * (mean * mean + 1) })),
});
const codesOf = (...[first, metrics, rules]: Parameters<typeof analyseExperiment>) => {
  const { verdict, reasons } = analyseExperiment(first, metrics, rules);
  return [verdict, ...reasons.map(({ code }) => code)];
};

describe('the verdict', () => {
  const two = arms(5000, 5000);

  test('PROMOTE: significant, by more than the least improvement, guardrails hold', () => {
    const { verdict, winner, comparisons } = analyseExperiment(two, [accuracy(4000, 4250), seconds(10, 10)]);
    expect({ verdict, winner }).toEqual({ verdict: 'PROMOTE', winner: 'treatment 1' });
    expect(comparisons[0]).toMatchObject({
      isMeasured: true,
      control: { value: 0.8 },
      treatment: { value: 0.85 },
    });
  });

  test('KEEP: a guardrail is worse beyond its margin', () => {
    expect(codesOf(two, [accuracy(4000, 4250), seconds(10, 10.2)])).toEqual([
      'KEEP',
      'improved',
      'guardrail-worse',
    ]);
    const tolerant = { ...seconds(10, 10.2), margin: 0.5 };
    expect(codesOf(two, [accuracy(4000, 4250), tolerant])).toEqual(['PROMOTE', 'improved']);
  });

  test('KEEP: an improvement of two points is out of the interval', () => {
    expect(codesOf(two, [accuracy(4000, 3990)], ONCE)).toEqual(['KEEP', 'no-improvement']);
  });

  test('INCONCLUSIVE: not significant, too small, too few, not measured', () => {
    expect(codesOf(two, [accuracy(4000, 4060)], ONCE)).toEqual(['INCONCLUSIVE', 'not-significant']);
    expect(codesOf(two, [accuracy(4000, 4090)], ONCE)).toEqual(['INCONCLUSIVE', 'improvement-too-small']);
    expect(codesOf(arms(50, 60), [accuracy(4000, 4250)])).toEqual(['INCONCLUSIVE', 'too-few-units']);
    const few: ExperimentMetric = {
      ...accuracy(),
      kind: 'proportion',
      arms: [1, 9].map((successes) => ({ successes, trials: 9 })),
    };
    expect(codesOf(two, [few])).toEqual(['INCONCLUSIVE', 'too-few-units']);
    const nothing: ExperimentMetric = { ...seconds(), kind: 'mean', arms: [sumsOf([]), sumsOf([])] };
    const { reasons } = analyseExperiment(two, [accuracy(4000, 4250), nothing]);
    expect(reasons.map(({ message }) => message)).toContain(
      'seconds cannot be compared: 0 units have no variance: two or more are needed',
    );
  });

  test('where nothing varies a guardrail holds, and one that always fails does not', () => {
    const failures = (...failed: number[]): ExperimentMetric => ({
      ...accuracy(...failed),
      name: 'failures',
      role: 'guardrail',
      better: 'lower',
    });
    expect(codesOf(two, [accuracy(4000, 4250), failures(0, 0)])).toEqual(['PROMOTE', 'improved']);
    expect(codesOf(two, [accuracy(4000, 4250), failures(0, 5000)])).toEqual([
      'KEEP',
      'improved',
      'guardrail-worse',
    ]);
    expect(codesOf(two, [accuracy(5000, 5000)])).toEqual(['KEEP', 'no-improvement']);
  });

  test('nothing is read of a split that is not the one asked for', () => {
    const { verdict, reasons, sampleRatio } = analyseExperiment(arms(5000, 6000), [accuracy(4000, 4250)]);
    expect([verdict, reasons[0]!.code, sampleRatio.isMismatch]).toEqual([
      'INCONCLUSIVE',
      'sample-ratio-mismatch',
      true,
    ]);
  });

  test('of two treatments the better wins, and their p-values are corrected', () => {
    const three = arms(5000, 5000, 5000);
    const { winner, comparisons } = analyseExperiment(three, [accuracy(4000, 4200, 4300)], ONCE);
    expect(winner).toBe('treatment 2');
    const [first, second] = comparisons.map((one) => (one.isMeasured ? one.correctedPValue / one.pValue : 0));
    expect([first, second]).toEqual([1, 2]);
  });

  test('a reading in a segment decides nothing', () => {
    const segment = { ...accuracy(4000, 4500), segment: 'phones' };
    expect(codesOf(two, [accuracy(4000, 4000), segment], ONCE)).toEqual(['KEEP', 'no-improvement']);
  });

  test('refuses one arm, no units and no primary metric', () => {
    const refused = (code: string) => expect.objectContaining({ code });
    expect(() => analyseExperiment(arms(100), [accuracy(1)])).toThrow(refused('too-few-arms'));
    expect(() => analyseExperiment(arms(0, 0), [accuracy(1, 1)])).toThrow(refused('empty'));
    expect(() => analyseExperiment(two, [seconds(10, 10)])).toThrow(refused('no-primary'));
    expect(() => analyseExperiment(two, [{ ...accuracy(1, 1), segment: 'phones' }])).toThrow(
      refused('no-primary'),
    );
  });
});

describe('every kind of metric', () => {
  const rules = { ...ONCE, resamples: 100 };
  const analysed = (effect: number) => {
    const last = simulateExperiment(seededRandom(3), { days: 2, users: 1500, effect }).at(-1)!;
    return analyseExperiment(armsOf(last), metricsOf(last), rules);
  };

  test('sees an effect that is there', () => {
    const { verdict, comparisons } = analysed(0.1);
    expect(verdict).toBe('PROMOTE');
    const seen = comparisons.filter(
      (one) => one.isMeasured && one.correctedPValue < 0.001 && one.improvement > 0.05,
    );
    expect(seen.map(({ metric }) => metric)).toEqual([
      'accuracy',
      'right answers of all',
      'score, adjusted',
      'macro-F1',
    ]);
    for (const one of comparisons) {
      if (!one.isMeasured) throw new Error(one.message);
      expect(one.belief.winProbability).toBeCloseTo(
        one.improvement > 0 ? 1 : 0.5,
        one.pValue < 0.001 ? 2 : -1,
      );
      expect(one.sequential.interval[1] - one.sequential.interval[0]).toBeGreaterThan(
        one.interval[1] - one.interval[0],
      );
    }
  });

  test('CUPED takes away what the past explains', () => {
    const adjusted = analysed(0).comparisons.find(({ metric }) => metric === 'score, adjusted')!;
    expect(adjusted.isMeasured && adjusted.varianceReduction).toBeCloseTo(0.49, 1);
  });
});

test('of A/A experiments few are significant, also when looked at daily (test/bench/experiments.ts has 2,000)', () => {
  const random = seededRandom(12);
  const rounds = 100;
  const significant = { once: 0, peeking: 0, sequential: 0 };
  for (let round = 0; round < rounds; round++) {
    const looks = simulateExperiment(random, { days: 10, users: 30 }).map(([control, treatment]) => ({
      once: twoProportionZTest(treatment.right, control.right).pValue,
      sequential: sequentialDifference(proportionEstimate(control.right), proportionEstimate(treatment.right))
        .pValue,
    }));
    if (looks.at(-1)!.once < 0.05) significant.once++;
    if (looks.some(({ once }) => once < 0.05)) significant.peeking++;
    if (looks.some(({ sequential }) => sequential < 0.05)) significant.sequential++;
  }
  expect(significant.once).toBeLessThanOrEqual(11);
  expect(significant.peeking).toBeGreaterThan(significant.once);
  expect(significant.sequential).toBeLessThanOrEqual(significant.once);
});
