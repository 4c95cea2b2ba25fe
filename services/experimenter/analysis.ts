import type { PairSums } from '../../ml/statistics/estimate.ts';
import { analyseExperiment, type ExperimentMetric } from '../../ml/statistics/experiment.ts';
import type { Comparison, Unmeasured } from '../../ml/statistics/experiment-comparison.ts';
import type { MetricData } from '../../ml/statistics/experiment-metrics.ts';
import { EXPERIMENT_RULES } from '../../ml/statistics/experiment-rules.ts';
import { EMPTY_SKETCH } from '../../ml/statistics/latency-sketch.ts';
import type { Proportion } from '../../ml/statistics/proportions.ts';
import type {
  ExperimentAnalysed,
  ExperimentAnalysedComparison,
  ExperimentStarted,
} from '../../schemas/events.generated.ts';

/** A row of `experiments/arms`: an arm, in all its units (`attribute` is empty) or in those of a segment. */
export interface ArmRow {
  attribute: string;
  value: string;
  variant: string;
  version: string;
  units: number;
  predictions: number;
  failures: number;
  outcomes: number;
  measures: readonly (PairSums & { measure: string })[];
  latencyBuckets: readonly number[];
  latencyCounts: readonly number[];
  confusion: readonly { actual: string; predicted: string; count: number }[];
}

type Analysis = Pick<
  ExperimentAnalysed,
  | 'verdict'
  | 'winner'
  | 'reasons'
  | 'sampleRatioStatistic'
  | 'sampleRatioPValue'
  | 'isSampleRatioMismatch'
  | 'counts'
  | 'comparisons'
>;

/** Shares of requests: successes of trials, where each unit asked once. */
const SHARES = ['accuracy', 'errorRate'];
const ADJUSTED = ['adjustedAccuracy', 'adjustedConfidence', 'adjustedLatency'];
/** The bootstrap takes a while, and is for all units. */
const BOOTSTRAPPED = ['macroF1', 'p95Latency', 'latencyRank'];
const NO_SUMS = { measure: '', count: 0, y: 0, x: 0, yy: 0, xx: 0, xy: 0 };

/** What the rows of `experiments/arms` say of an experiment. */
export function analysisOf(experiment: ExperimentStarted, rows: readonly ArmRow[]): Analysis {
  const all = armsIn(experiment, rows, '', '');
  const counts = experiment.arms.map(({ name, version }, at) => {
    const { units = 0, predictions = 0, failures = 0, outcomes = 0 } = all[at] ?? {};
    return { arm: name, version, units, predictions, failures, outcomes };
  });
  const nothing = {
    counts,
    sampleRatioStatistic: null,
    sampleRatioPValue: null,
    isSampleRatioMismatch: false,
  };
  if (counts.every(({ units }) => units === 0)) {
    const message = 'no request has taken part yet';
    const reasons = [{ code: 'too-few-units', arm: null, metric: null, message }];
    return { ...nothing, verdict: 'INCONCLUSIVE', winner: null, reasons, comparisons: [] };
  }
  const { significance, minimumImprovement, minimumUnits, sampleRatioSignificance, tuning } = experiment;
  const { verdict, winner, reasons, sampleRatio, comparisons } = analyseExperiment(
    experiment.arms.map(({ name, share }, at) => ({ name, weight: share, units: counts[at]!.units })),
    metricsIn(experiment, rows),
    { ...EXPERIMENT_RULES, significance, minimumImprovement, minimumUnits, sampleRatioSignificance, tuning },
  );
  return {
    counts,
    verdict,
    winner,
    reasons,
    sampleRatioStatistic: sampleRatio.statistic,
    sampleRatioPValue: sampleRatio.pValue,
    isSampleRatioMismatch: sampleRatio.isMismatch,
    comparisons: comparisons.map(recordOf),
  };
}

/** The rows of the arms in one segment, in the order of the arms; undefined of an arm without units there. */
const armsIn = ({ arms }: ExperimentStarted, rows: readonly ArmRow[], attribute: string, value: string) => {
  const own = rows.filter((row) => row.attribute === attribute && row.value === value);
  return arms.map(({ name }) => own.find(({ variant }) => variant === name));
};

/** All metrics in all units, and the primary ones in each segment. */
function metricsIn(experiment: ExperimentStarted, rows: readonly ArmRow[]): ExperimentMetric[] {
  const metricIn = (
    { metric, role, better, margin }: ExperimentStarted['metrics'][number],
    arms: readonly (ArmRow | undefined)[],
  ): ExperimentMetric => ({
    ...dataOf(metric, arms),
    name: metric,
    role: role as ExperimentMetric['role'],
    better: better === 'lower' ? 'lower' : 'higher',
    margin: margin ?? 0,
  });
  const all = armsIn(experiment, rows, '', '');
  const segments = new Map(
    rows.flatMap((row) => (row.attribute === '' ? [] : [[`${row.attribute}=${row.value}`, row] as const])),
  );
  const read = experiment.metrics.filter(
    ({ metric, role }) => role === 'primary' && !BOOTSTRAPPED.includes(metric),
  );
  return [
    ...experiment.metrics.map((metric) => metricIn(metric, all)),
    ...[...segments].flatMap(([segment, { attribute, value }]) => {
      const arms = armsIn(experiment, rows, attribute, value);
      return read.map((metric) => ({ ...metricIn(metric, arms), segment }));
    }),
  ];
}

function dataOf(metric: string, arms: readonly (ArmRow | undefined)[]): MetricData {
  if (metric === 'macroF1') return { kind: 'f1', arms: confusionsOf(arms) };
  if (metric === 'p95Latency' || metric === 'latencyRank') {
    const sketches = arms.map((arm) =>
      arm ? { buckets: arm.latencyBuckets, counts: arm.latencyCounts } : EMPTY_SKETCH,
    );
    return metric === 'latencyRank'
      ? { kind: 'rank', arms: sketches }
      : { kind: 'quantile', quantile: 0.95, arms: sketches };
  }
  const sums = arms.map((arm) => {
    const { measure: _, ...found } = arm?.measures.find(({ measure }) => measure === metric) ?? NO_SUMS;
    return found;
  });
  if (ADJUSTED.includes(metric)) return { kind: 'cuped', arms: sums };
  const shares = SHARES.includes(metric) ? sharesOf(sums) : undefined;
  return shares ? { kind: 'proportion', arms: shares } : { kind: 'ratio', arms: sums };
}

/**
 * Shares of independent trials, where each unit asked once. Where units asked more than once, and in each arm all of their
 * requests came out alike (no failure at all), a ratio has no error to go by: then units are the trials.
 */
function sharesOf(arms: readonly PairSums[]): Proportion[] | undefined {
  const isOnce = arms.every(({ count, x, xx }) => x === count && xx === count);
  const isAlike = arms.every(({ x, y }) => y === 0 || y === x);
  if (!isOnce && !isAlike) return undefined;
  return arms.map(({ count, y, x }) => ({ successes: x === 0 ? 0 : (count * y) / x, trials: count }));
}

/** K × K counts over the labels of all arms: actual by predicted. */
function confusionsOf(arms: readonly (ArmRow | undefined)[]): number[][] {
  const cells = arms.flatMap((arm) => arm?.confusion ?? []);
  const labels = [...new Set(cells.flatMap(({ actual, predicted }) => [actual, predicted]))].sort();
  return arms.map((arm) => {
    const counts = new Array<number>(labels.length ** 2).fill(0);
    for (const { actual, predicted, count } of arm?.confusion ?? [])
      counts[labels.indexOf(actual) * labels.length + labels.indexOf(predicted)]! += count;
    return counts;
  });
}

const UNMEASURED = {
  control: null,
  controlLow: null,
  controlHigh: null,
  controlCount: null,
  treatment: null,
  treatmentLow: null,
  treatmentHigh: null,
  treatmentCount: null,
  difference: null,
  standardError: null,
  lift: null,
  low: null,
  high: null,
  pValue: null,
  sequentialLow: null,
  sequentialHigh: null,
  sequentialPValue: null,
  correctedPValue: null,
  improvement: null,
  improvementLow: null,
  improvementHigh: null,
  winProbability: null,
  lossOfTreatment: null,
  lossOfControl: null,
  margin: 0,
  varianceReduction: null,
} as const;

function recordOf(one: Comparison | Unmeasured): ExperimentAnalysedComparison {
  const { metric, role, segment, arm } = one;
  const about = { metric, role, segment, arm };
  if (!one.isMeasured) return { ...about, ...UNMEASURED, code: one.code, message: one.message };
  const { control, treatment, sequential, belief } = one;
  return {
    ...about,
    code: null,
    message: null,
    control: control.value,
    controlLow: control.interval[0],
    controlHigh: control.interval[1],
    controlCount: Math.round(control.count),
    treatment: treatment.value,
    treatmentLow: treatment.interval[0],
    treatmentHigh: treatment.interval[1],
    treatmentCount: Math.round(treatment.count),
    difference: one.difference,
    standardError: one.standardError,
    lift: one.lift,
    low: one.interval[0],
    high: one.interval[1],
    pValue: one.pValue,
    sequentialLow: sequential.interval[0],
    sequentialHigh: sequential.interval[1],
    sequentialPValue: sequential.pValue,
    correctedPValue: one.correctedPValue,
    improvement: one.improvement,
    improvementLow: one.improvementInterval[0],
    improvementHigh: one.improvementInterval[1],
    winProbability: belief.winProbability,
    lossOfTreatment: belief.lossOfTreatment,
    lossOfControl: belief.lossOfControl,
    margin: one.margin,
    varianceReduction: one.varianceReduction ?? null,
  };
}

/** Whether metrics need what was known of the units before the experiment. */
export const isAdjusted = ({ metrics }: ExperimentStarted): boolean =>
  metrics.some(({ metric }) => ADJUSTED.includes(metric));
