import { InvalidInput } from '../../../ml/errors.ts';
import { gainOf, metricNamed } from '../../../ml/metrics/catalogue.ts';
import { difference, interval as intervalText, marginText, probability } from '../../../ml/metrics/format.ts';
import { normalQuantile } from '../../../ml/statistics/distributions.ts';
import { judge, type PartJudged } from '../../../ml/statistics/judgement.ts';
import {
  accuracyDifference,
  type Discordance,
  discordanceOf,
  mcnemar,
} from '../../../ml/statistics/mcnemar.ts';
import type { PairedDifference } from '../../../ml/statistics/paired.ts';
import { measuredBy } from '../../../schemas/evaluations/measured.ts';
import type { EvaluationCompleted } from '../../../schemas/events.generated.ts';
import type { Policy } from '../../../schemas/models/policy.ts';

/** What the difference of two versions comes to. */
export interface Test {
  readonly name: 'McNemar' | 'paired z';
  readonly metric: string;
  /** how much better the candidate is, in the unit of the metric: above 0 is better */
  readonly improvement: number;
  /** 95 % interval of the improvement */
  readonly interval: readonly [low: number, high: number];
  /** two-sided */
  readonly pValue: number;
  /** of McNemar's test: how often exactly one of the two is right */
  readonly discordance: Discordance | null;
}

export type Outcome = 'PROMOTE' | 'REJECT' | 'INCONCLUSIVE';

export interface Verdict {
  readonly outcome: Outcome;
  readonly reasons: readonly string[];
}

const DEFAULT_SIGNIFICANCE = 0.05;
const POWER = 0.8;
const ROUNDING = 1e-12;

/** The paired tests that an evaluation allows: McNemar's of accuracies, the paired z of other losses. */
export function testsOf(evaluation: EvaluationCompleted): Test[] {
  return (evaluation.baseline?.paired ?? []).map((paired) => {
    const { metric } = paired;
    const discordance = metric === 'accuracy' ? countsOf(paired, evaluation.samples) : undefined;
    if (discordance) {
      const { difference: improvement, interval } = accuracyDifference(discordance);
      return {
        ...{ name: 'McNemar', metric, improvement, interval, pValue: mcnemar(discordance), discordance },
      } as const;
    }
    const { difference: raw, interval: range } = measuredBy(evaluation, metric)!;
    const sign = metricNamed(metric).better === 'higher' ? 1 : -1;
    const ends = [sign * range![0], sign * range![1]].toSorted((a, b) => a - b) as [number, number];
    const pValue = 2 * Math.min(paired.pValue, 1 - paired.pValue);
    return { name: 'paired z', metric, improvement: sign * raw!, interval: ends, pValue, discordance: null };
  });
}

/** Undefined where the losses were no 0 and 1, as those of weighted samples: they have no counts. */
function countsOf(paired: PairedDifference, samples: number): Discordance | undefined {
  try {
    return discordanceOf(paired, samples);
  } catch (error) {
    if (error instanceof InvalidInput) return undefined;
    throw error;
  }
}

/**
 * Whether a candidate should replace the version that it was measured beside. It should when it passes the gates, is better by
 * the rule of the policy, and chance does not explain that. It should not when it fails a gate, is worse, or is surely not
 * better by the margin. Else the samples are too few, and the reason says how many it takes.
 */
export function verdictOn(
  evaluation: EvaluationCompleted,
  promotion: Policy['promotion'],
  failedGates: readonly string[],
): Verdict {
  if (failedGates.length > 0) return { outcome: 'REJECT', reasons: failedGates };
  const metric = promotion.metric ?? evaluation.primaryMetric;
  const [own, rivals] = [evaluation.metrics[metric], evaluation.baseline?.metrics[metric]];
  if (own === undefined || rivals === undefined)
    return { outcome: 'INCONCLUSIVE', reasons: [`${metric} was not measured of both`] };
  const tests = testsOf(evaluation);
  const test = tests.find((one) => one.metric === metric) ?? tests[0];
  if (!test) return { outcome: 'INCONCLUSIVE', reasons: ['no metric of the two can be compared in pairs'] };
  const gain = gainOf(metric, own, rivals);
  const isEnough = gain >= promotion.margin - ROUNDING;
  const byLosses = judgedByLosses(evaluation, tests, metric, promotion);
  const asksForMore = promotion.margin > 0 || promotion.significance !== null;
  if (byLosses && (byLosses.outcome !== 'PROMOTE' || !asksForMore)) return byLosses;
  return byTest(test, gain, isEnough, promotion, { metric, scale: Math.abs(rivals) });
}

/** By the rule that the registrar follows; undefined where the policy does not ask for standard errors. */
function judgedByLosses(
  { baseline, samples }: EvaluationCompleted,
  tests: readonly Test[],
  metric: string,
  { standardErrors }: Policy['promotion'],
): Verdict | undefined {
  if (!baseline || standardErrors === null) return undefined;
  const judgement = judge([baseline.paired, baseline.pairedRecent], metric, standardErrors);
  const test = tests.find((one) => one.metric === judgement?.parts[0]?.loss);
  if (!judgement || !test) return undefined;
  const [{ ahead }, recent] = judgement.parts as [PartJudged, PartJudged?];
  const of = recent ? `, ${recent.ahead.toFixed(1)} of the recent samples` : '';
  const told = `paired ${test.metric} better by ${ahead.toFixed(1)} standard errors${of}; more than ${standardErrors} is asked for`;
  const worse = judgement.parts.flatMap((part) => part.worse);
  if (worse.length > 0) return { outcome: 'REJECT', reasons: [`it is worse by ${worse[0]}: ${told}`] };
  if (judgement.isBetter)
    return { outcome: 'PROMOTE', reasons: [`it is better: ${told}`, 'it passes every critical gate'] };
  if (test.interval[1] <= 0) return { outcome: 'REJECT', reasons: [`it is not better: ${told}`] };
  // of a mean difference as large, z grows with the root of the samples; 0.84 more for 8 times of 10
  const needed =
    ahead > 0 ? Math.ceil(samples * ((standardErrors + normalQuantile(1 - POWER)) / ahead) ** 2) : null;
  const advice = needed === null ? [] : [adviceOf(needed)];
  return { outcome: 'INCONCLUSIVE', reasons: [`chance may explain it: ${told}`, ...advice] };
}

const adviceOf = (samples: number) =>
  `to tell such a gain from chance takes about ${samples} samples: --data FILE`;

function byTest(
  test: Test,
  gain: number,
  isEnough: boolean,
  promotion: Policy['promotion'],
  { metric, scale }: { metric: string; scale: number },
): Verdict {
  const significance = promotion.significance ?? DEFAULT_SIGNIFICANCE;
  const { margin } = promotion;
  const needed = metricNamed(test.metric).unit === 'target' ? margin * scale : margin;
  const told = `${test.metric} ${difference(test.metric, test.improvement, 2)} better, 95 % interval ${intervalText(test.metric, test.interval)}, ${test.name} p ${probability(test.pValue)}`;
  const asked = `a gain of ${marginText(metric, margin)} is asked for`;
  if (test.interval[1] < 0) return { outcome: 'REJECT', reasons: [`it is worse: ${told}`] };
  if (isEnough && test.pValue < significance && test.improvement > 0)
    return {
      outcome: 'PROMOTE',
      reasons: [`it is better: ${told}; ${asked}`, 'it passes every critical gate'],
    };
  if (test.interval[1] < needed && !isEnough)
    return { outcome: 'REJECT', reasons: [`it is not better by enough: ${told}; ${asked}`] };
  const samples = samplesNeeded(test, Math.max(gain, needed), significance);
  const advice = samples === null ? [] : [adviceOf(samples)];
  return { outcome: 'INCONCLUSIVE', reasons: [`chance may explain it: ${told}; ${asked}`, ...advice] };
}

/** Samples of which McNemar's test finds a gain 8 times of 10; n = (z_α/2 + z_β)² · share that differs / gain². */
function samplesNeeded({ discordance }: Test, gain: number, significance: number): number | null {
  if (!discordance || gain <= 0) return null;
  const differing = (discordance.better + discordance.worse) / discordance.samples;
  const z = normalQuantile(significance / 2) + normalQuantile(1 - POWER);
  const needed = Math.ceil((z ** 2 * Math.max(differing, gain)) / gain ** 2);
  return needed > discordance.samples ? needed : null;
}
