import { InvalidInput } from '../errors.ts';
import type { DenseMatrix } from '../matrix.ts';
import { type Ranking, rankedClass, rankingOf } from './ranking.ts';
import { meanWith } from './weighted-mean.ts';

/** What a model of several labels did on each sample, and label by label. Every metric is a sum over these. */
export interface LabelOutcomes {
  readonly labels: number;
  /** samples × labels: whether it has the label, and whether that is answered */
  readonly actual: Uint8Array;
  readonly predicted: Uint8Array;
  /** by sample */
  readonly wrong: Float64Array;
  readonly exact: Float64Array;
  readonly jaccards: Float64Array;
  readonly f1s: Float64Array;
  readonly logLosses: Float64Array;
  readonly brierLosses: Float64Array;
  readonly precisions: Float64Array;
  readonly coverages: Float64Array;
  readonly misordered: Float64Array;
  /** by label */
  readonly rankings: readonly Ranking[];
}

/** The metrics that are one number; shares and means over no samples are 0. Those that are null are not defined. */
export interface MultilabelNumbers {
  /** samples whose set is predicted exactly */
  readonly subsetAccuracy: number;
  /** share of (sample, label) pairs that are wrong */
  readonly hammingLoss: number;
  /** mean over the samples of |both| / |either|; 0 where both are empty, as scikit-learn's `zero_division=0` */
  readonly jaccard: number;
  readonly microPrecision: number;
  readonly microRecall: number;
  readonly microF1: number;
  /** means over the labels */
  readonly macroPrecision: number;
  readonly macroRecall: number;
  readonly macroF1: number;
  /** weighted by how many samples have the label */
  readonly weightedPrecision: number;
  readonly weightedF1: number;
  /** mean over the samples */
  readonly samplesF1: number;
  readonly labelRankingAp: number;
  /** mean number of labels by score until all true ones are covered */
  readonly coverageError: number;
  /** mean share of (true, false) pairs of labels that are in the wrong order, ties included */
  readonly rankingLoss: number;
  /** mean over (sample, label) pairs of −ln of the probability given to what is */
  readonly logLoss: number;
  /** mean over the pairs of the squared error of the probability */
  readonly brier: number;
  /** means over the labels; null where a label is on no sample or on all */
  readonly rocAuc: number | null;
  readonly averagePrecision: number | null;
}

/** Precision, recall and F1 of a label, and the samples that have it. */
export interface LabelMetrics {
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

export interface MultilabelMetrics extends MultilabelNumbers {
  readonly samples: number;
  readonly perClass: readonly LabelMetrics[];
}

/**
 * @param scores a row for each sample, a column for each label
 * @param sets the columns of the labels of each sample
 * @param threshold a label is predicted where its score is at least this
 * @throws InvalidInput `shape` unless there are labels for each row
 */
export function labelOutcomesOf(
  scores: DenseMatrix,
  sets: readonly (readonly number[])[],
  threshold = 0.5,
): LabelOutcomes {
  const { rows, columns: labels, values } = scores;
  if (sets.length !== rows)
    throw new InvalidInput('shape', `${rows} rows of scores, but labels for ${sets.length}`);
  const actual = new Uint8Array(rows * labels);
  for (const [row, own] of sets.entries()) for (const column of own) actual[row * labels + column] = 1;
  const predicted = Uint8Array.from(values, (value) => Number(value >= threshold));
  const ofRow = (count: (at: number) => number) =>
    Float64Array.from({ length: rows }, (_, row) => {
      let sum = 0;
      for (let at = row * labels; at < (row + 1) * labels; at++) sum += count(at);
      return sum;
    });
  const both = ofRow((at) => actual[at]! * predicted[at]!);
  const either = ofRow((at) => actual[at]! | predicted[at]!);
  const wrong = ofRow((at) => actual[at]! ^ predicted[at]!);
  const smallest = values instanceof Float32Array ? 2 ** -23 : Number.EPSILON; // as in `logLosses`
  const given = (at: number) => (actual[at] === 1 ? values[at]! : 1 - values[at]!);
  return {
    ...{ labels, actual, predicted, wrong },
    exact: wrong.map((count) => Number(count === 0)),
    jaccards: both.map((count, row) => ratio(count, either[row]!)),
    f1s: both.map((count, row) => ratio(2 * count, count + either[row]!)),
    logLosses: ofRow((at) => -Math.log(Math.max(given(at), smallest)) / labels),
    brierLosses: ofRow((at) => (1 - given(at)) ** 2 / labels),
    precisions: rankingPrecisions(scores, sets),
    coverages: Float64Array.from(sets, (own, row) => coverageOf(scores, row, own)),
    misordered: Float64Array.from(sets, (own, row) => misorderedPairs(scores, row, own)),
    rankings: Array.from({ length: labels }, (_, column) => rankingOf(scores, column)),
  };
}

/** Metrics of samples that have any number of labels each, as scikit-learn has them, and count so many times each. */
export function multilabelNumbers(outcomes: LabelOutcomes, weights: Float64Array): MultilabelNumbers {
  const mean = meanWith(weights);
  const byLabel = countsByLabel(outcomes, weights);
  const micro = ofCounts(total(byLabel));
  const macro = averaged(byLabel.map(ofCounts));
  const weighted = averaged(
    byLabel.map(ofCounts),
    byLabel.map(({ actual }) => actual),
  );
  return {
    subsetAccuracy: mean(outcomes.exact),
    hammingLoss: mean(outcomes.wrong) / Math.max(outcomes.labels, 1),
    jaccard: mean(outcomes.jaccards),
    ...{ microPrecision: micro.precision, microRecall: micro.recall, microF1: micro.f1 },
    ...{ macroPrecision: macro.precision, macroRecall: macro.recall, macroF1: macro.f1 },
    ...{ weightedPrecision: weighted.precision, weightedF1: weighted.f1 },
    samplesF1: mean(outcomes.f1s),
    labelRankingAp: mean(outcomes.precisions),
    coverageError: mean(outcomes.coverages),
    rankingLoss: mean(outcomes.misordered),
    logLoss: mean(outcomes.logLosses),
    brier: mean(outcomes.brierLosses),
    ...rankingsOf(outcomes, weights),
  };
}

/** The same of samples that count once each, and label by label. */
export function multilabelMetrics(outcomes: LabelOutcomes, labels: readonly string[]): MultilabelMetrics {
  const weights = new Float64Array(outcomes.wrong.length).fill(1);
  return {
    samples: outcomes.wrong.length,
    ...multilabelNumbers(outcomes, weights),
    perClass: countsByLabel(outcomes, weights).map((counts, column) => ({
      label: labels[column]!,
      ...ofCounts(counts),
      support: counts.actual,
    })),
  };
}

function countsByLabel({ labels, actual, predicted }: LabelOutcomes, weights: Float64Array): Counts[] {
  const counts = Array.from({ length: labels }, empty);
  for (let at = 0; at < actual.length; at++) {
    const own = counts[at % labels]!;
    const weight = weights[Math.floor(at / labels)]!;
    if (predicted[at] === 1) own.predicted += weight;
    if (actual[at] === 1) own.actual += weight;
    if (predicted[at] === 1 && actual[at] === 1) own.both += weight;
  }
  return counts;
}

interface PrecisionRecall {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

interface Counts {
  both: number;
  predicted: number;
  actual: number;
}

/**
 * Of each sample the mean, over its labels, of the share of its labels among those that score as high or higher: what
 * scikit-learn's label_ranking_average_precision_score averages; 1 for a sample of no label, or of all.
 */
export function rankingPrecisions(
  { columns, values }: DenseMatrix,
  actual: readonly (readonly number[])[],
): Float64Array {
  return Float64Array.from(actual, (labels, row) => {
    if (labels.length === 0 || labels.length === columns) return 1;
    const own = values.subarray(row * columns, (row + 1) * columns);
    const atLeast = (among: Iterable<number>, score: number) => {
      let count = 0;
      for (const value of among) if (value >= score) count += 1;
      return count;
    };
    const scores = labels.map((label) => own[label]!);
    return meanOf(scores.map((score) => atLeast(scores, score) / atLeast(own, score)));
  });
}

function rankingsOf(
  { labels, actual, rankings }: LabelOutcomes,
  weights: Float64Array,
): Pick<MultilabelNumbers, 'rocAuc' | 'averagePrecision'> {
  const ranked = rankings.map((ranking, column) => {
    const isOwn = Int32Array.from(weights, (_, row) => actual[row * labels + column]!);
    return rankedClass(ranking, 1, { actual: isOwn, classes: 2, weights });
  });
  const isDefined = ranked.length > 0 && ranked.every(({ totals }) => totals[0]! > 0 && totals[1]! > 0);
  if (!isDefined) return { rocAuc: null, averagePrecision: null };
  return {
    rocAuc: meanOf(ranked.map(({ before }) => before[0]!)),
    averagePrecision: meanOf(ranked.map(({ averagePrecision }) => averagePrecision)),
  };
}

function coverageOf({ columns, values }: DenseMatrix, row: number, labels: readonly number[]): number {
  const own = values.subarray(row * columns, (row + 1) * columns);
  const lowest = Math.min(...labels.map((label) => own[label]!));
  return labels.length === 0 ? 0 : own.filter((value) => value >= lowest).length;
}

function misorderedPairs({ columns, values }: DenseMatrix, row: number, labels: readonly number[]): number {
  const own = values.subarray(row * columns, (row + 1) * columns);
  const others = [...own].filter((_, column) => !labels.includes(column));
  if (labels.length === 0 || others.length === 0) return 0;
  const wrong = labels.reduce((sum, label) => sum + others.filter((value) => value >= own[label]!).length, 0);
  return wrong / (labels.length * others.length);
}

const empty = (): Counts => ({ both: 0, predicted: 0, actual: 0 });

const ofCounts = ({ both, predicted, actual }: Counts): PrecisionRecall => ({
  precision: ratio(both, predicted),
  recall: ratio(both, actual),
  f1: ratio(2 * both, predicted + actual),
});

const total = (counts: readonly Counts[]): Counts =>
  counts.reduce(
    (sum, { both, predicted, actual }) => ({
      both: sum.both + both,
      predicted: sum.predicted + predicted,
      actual: sum.actual + actual,
    }),
    empty(),
  );

function averaged(
  values: readonly PrecisionRecall[],
  weights: readonly number[] = values.map(() => 1),
): PrecisionRecall {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (of: keyof PrecisionRecall) =>
    ratio(
      values.reduce((sum, value, at) => sum + value[of] * weights[at]!, 0),
      all,
    );
  return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') };
}

const meanOf = (values: readonly number[]): number =>
  ratio(
    values.reduce((sum, value) => sum + value, 0),
    values.length,
  );

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
