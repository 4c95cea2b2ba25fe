import { InvalidInput } from '../errors.ts';
import { macroF1 } from '../metrics/confusion.ts';
import { type Belief, normalBelief, proportionBelief } from './bayes.ts';
import { bootstrapDifference } from './bootstrap.ts';
import { cuped } from './cuped.ts';
import { type Difference, differenceOf, relativeLift, welchTest } from './difference.ts';
import {
  type Estimate,
  type Interval,
  meanEstimate,
  normalInterval,
  type PairSums,
  proportionEstimate,
  ratioEstimate,
  type Sums,
} from './estimate.ts';
import { type LatencySketch, mergeSketches, sizeOf, sketchQuantile } from './latency-sketch.ts';
import { type Proportion, twoProportionZTest, wilsonInterval } from './proportions.ts';
import { mannWhitneyOfCounts } from './rank.ts';
import { confidenceSequence } from './sequential.ts';

/** What was counted of a metric in each arm, control first. The units of an arm are independent of each other. */
export type MetricData =
  /** successes of trials, such as right answers */
  | { readonly kind: 'proportion'; readonly arms: readonly Proportion[] }
  /** sums of a number of each unit */
  | { readonly kind: 'mean'; readonly arms: readonly Sums[] }
  /** Σy / Σx of units, such as right answers by answers of users */
  | { readonly kind: 'ratio'; readonly arms: readonly PairSums[] }
  /** the mean of y, with x known of each unit before the experiment */
  | { readonly kind: 'cuped'; readonly arms: readonly PairSums[] }
  /** a quantile of latencies */
  | { readonly kind: 'quantile'; readonly quantile: number; readonly arms: readonly LatencySketch[] }
  /** latencies that tend to be longer: P(treatment > control) + ½ P(equal) by Mann and Whitney; 0.5 is no difference */
  | { readonly kind: 'rank'; readonly arms: readonly LatencySketch[] }
  /** macro-F1 of K × K counts, row by row: actual, then predicted */
  | { readonly kind: 'f1'; readonly arms: readonly (readonly number[])[] };

export interface CompareOptions {
  readonly confidence: number;
  /** of confidenceSequence */
  readonly tuning: number;
  /** of the bootstrap */
  readonly resamples: number;
  readonly seed: number;
}

export interface ArmValue {
  readonly value: number;
  readonly interval: Interval;
  /** units */
  readonly count: number;
}

/** A treatment beside the control; differences are treatment − control, in the metric's unit. */
export interface Compared extends Difference {
  readonly control: ArmValue;
  readonly treatment: ArmValue;
  /** difference by control; null where the control is 0 */
  readonly lift: number | null;
  /** valid at every look; `interval` and `pValue` are at one, planned beforehand */
  readonly sequential: { readonly interval: Interval; readonly pValue: number };
  /** where higher is better */
  readonly belief: Belief;
  /** share of the variance that the past explained (CUPED) */
  readonly varianceReduction?: number;
}

/**
 * Compares a treatment with the control: proportions by the pooled z test with an unpooled interval; means, ratios and
 * adjusted means by Welch's test; ranks by Mann and Whitney; F1 and quantiles by the bootstrap.
 *
 * @param treatment its place among the arms, from 1
 * @throws InvalidInput where the data allow no comparison: `missing`, `too-few`, `zero-variance`, `empty` …
 */
export function compareArms(data: MetricData, treatment: number, options: CompareOptions): Compared {
  switch (data.kind) {
    case 'proportion':
      return compareProportions(...armsOf(data.arms, treatment), options);
    case 'mean': {
      const [a, b] = armsOf(data.arms, treatment);
      return compareEstimates(meanEstimate(a), meanEstimate(b), options);
    }
    case 'ratio': {
      const [a, b] = armsOf(data.arms, treatment);
      return compareEstimates(ratioEstimate(a), ratioEstimate(b), options);
    }
    case 'cuped': {
      const adjusted = cuped(...armsOf(data.arms, treatment));
      const { control, treatment: changed, varianceReduction } = adjusted;
      return { ...compareEstimates(control, changed, options), varianceReduction };
    }
    case 'quantile':
      return compareQuantiles(...armsOf(data.arms, treatment), data.quantile, options);
    case 'rank':
      return compareRanks(...armsOf(data.arms, treatment), options);
    case 'f1':
      return compareF1(...armsOf(data.arms, treatment), options);
  }
}

function armsOf<T>(arms: readonly T[], treatment: number): [control: T, treatment: T] {
  const [control, changed] = [arms[0], arms[treatment]];
  if (control !== undefined && changed !== undefined) return [control, changed];
  throw new InvalidInput('missing', `measured in ${arms.length} arms, not in arm ${treatment}`);
}

function compareProportions(control: Proportion, treatment: Proportion, options: CompareOptions): Compared {
  const [a, b] = estimatesOf(control, treatment);
  const { difference, standardError } = differenceOf(a, b);
  const interval = normalInterval({ value: difference, standardError, count: a.count }, options.confidence);
  const { pValue } = twoProportionZTest(treatment, control);
  const wilson = ({ value, count }: Estimate, arm: Proportion): ArmValue => ({
    value,
    interval: wilsonInterval(arm, options.confidence),
    count,
  });
  return {
    ...complete({ difference, standardError, interval, pValue }, a, b, options),
    control: wilson(a, control),
    treatment: wilson(b, treatment),
    belief: proportionBelief(control, treatment),
  };
}

/**
 * Both shares. Where all trials of both arms came out alike, as where nothing failed, their errors are those of one success
 * and one failure more in each (Agresti and Caffo 2000): 0 of 1000 is not known without error.
 */
function estimatesOf(control: Proportion, treatment: Proportion): [Estimate, Estimate] {
  const [a, b] = [proportionEstimate(control), proportionEstimate(treatment)];
  if (a.standardError > 0 || b.standardError > 0) return [a, b];
  const withOneMore = ({ successes, trials }: Proportion) =>
    proportionEstimate({ successes: successes + 1, trials: trials + 2 }).standardError;
  return [
    { ...a, standardError: withOneMore(control) },
    { ...b, standardError: withOneMore(treatment) },
  ];
}

const compareEstimates = (control: Estimate, treatment: Estimate, options: CompareOptions): Compared =>
  complete(welchTest(control, treatment, options.confidence), control, treatment, options);

function compareQuantiles(
  control: LatencySketch,
  treatment: LatencySketch,
  quantile: number,
  options: CompareOptions,
): Compared {
  const [buckets, a, b] = sideBySide(control, treatment);
  const statistic = (counts: readonly number[]) => sketchQuantile(occupied(buckets, counts), quantile);
  return compareByBootstrap(a, b, statistic, options);
}

/** No arm alone has a rank: the control's is 0.5, for what it is beside itself, without error. */
function compareRanks(control: LatencySketch, treatment: LatencySketch, options: CompareOptions): Compared {
  const [, a, b] = sideBySide(control, treatment);
  const { superiority, standardError, pValue } = mannWhitneyOfCounts(a, b);
  const arms = [
    { value: 0.5, standardError: 0, count: sizeOf(control) },
    { value: superiority, standardError, count: sizeOf(treatment) },
  ] as const;
  const { difference } = differenceOf(...arms);
  const interval = normalInterval(
    { value: difference, standardError, count: arms[1].count },
    options.confidence,
  );
  return complete({ difference, standardError, interval, pValue }, ...arms, options);
}

/** The buckets of two sketches, and the counts of each in them. */
function sideBySide(
  control: LatencySketch,
  treatment: LatencySketch,
): [buckets: readonly number[], control: number[], treatment: number[]] {
  const { buckets } = mergeSketches([control, treatment]);
  const [a, b] = [control, treatment].map((sketch) => {
    const counts = new Map(sketch.buckets.map((bucket, at) => [bucket, sketch.counts[at]!]));
    return buckets.map((bucket) => counts.get(bucket) ?? 0);
  });
  return [buckets, a!, b!];
}

const occupied = (buckets: readonly number[], counts: readonly number[]): LatencySketch => ({
  buckets: buckets.filter((_, at) => counts[at]! > 0),
  counts: counts.filter((count) => count > 0),
});

function compareF1(
  control: readonly number[],
  treatment: readonly number[],
  options: CompareOptions,
): Compared {
  const classes = Math.sqrt(control.length);
  if (!Number.isInteger(classes)) {
    throw new InvalidInput('shape', `${control.length} counts are no confusion matrix, which is square`);
  }
  const statistic = (counts: readonly number[]) => macroF1({ classes, counts: Int32Array.from(counts) });
  return compareByBootstrap(control, treatment, statistic, options);
}

function compareByBootstrap(
  control: readonly number[],
  treatment: readonly number[],
  statistic: (counts: readonly number[]) => number,
  options: CompareOptions,
): Compared {
  const {
    control: a,
    treatment: b,
    ...difference
  } = bootstrapDifference(control, treatment, statistic, options);
  return complete(difference, a, b, options);
}

/** What follows from estimates of both arms and from their difference. */
function complete(
  { difference, standardError, interval, pValue }: Difference,
  control: Estimate,
  treatment: Estimate,
  { confidence, tuning }: CompareOptions,
): Compared {
  const observations = control.count + treatment.count;
  const arm = (estimate: Estimate): ArmValue => ({
    value: estimate.value,
    interval: normalInterval(estimate, confidence),
    count: estimate.count,
  });
  return {
    control: arm(control),
    treatment: arm(treatment),
    difference,
    standardError,
    interval,
    pValue,
    lift: control.value === 0 ? null : relativeLift(control, treatment).difference,
    sequential: confidenceSequence({ difference, standardError }, observations, { confidence, tuning }),
    belief: normalBelief(control, treatment),
  };
}
