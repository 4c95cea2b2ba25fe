import { InvalidInput } from '../errors.ts';
import type { DenseMatrix } from '../matrix.ts';
import { rankedClass, rankingOf } from './ranking.ts';

/** How well sets of labels were predicted. All are 0 without samples. */
export interface MultilabelMetrics {
  /** samples whose set is predicted exactly */
  readonly subsetAccuracy: number;
  /** share of (sample, label) pairs that are wrong */
  readonly hammingLoss: number;
  /** mean over the samples of |both| / |either|; 0 where both are empty, as scikit-learn's `zero_division=0` */
  readonly jaccard: number;
  readonly micro: PrecisionRecall;
  readonly macro: PrecisionRecall;
  /** weighted by how many samples have the label */
  readonly weighted: PrecisionRecall;
  /** mean over the samples */
  readonly samples: PrecisionRecall;
  readonly labelRankingAp: number;
  /** mean number of labels by score until all true ones are covered */
  readonly coverageError: number;
  /** mean share of (true, false) pairs of labels that are in the wrong order, ties included */
  readonly rankingLoss: number;
  /** means over the labels; null where a label is on no sample or on all */
  readonly macroRocAuc: number | null;
  readonly macroAveragePrecision: number | null;
}

export interface PrecisionRecall {
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
 * Metrics of samples that have any number of labels each, as scikit-learn has them (`zero_division=0`).
 *
 * @param scores a row for each sample, a column for each label
 * @param actual the columns of the labels of each sample
 * @param threshold a label is predicted where its score is at least this
 * @throws InvalidInput `shape` unless there are labels for each row
 */
export function multilabelMetrics(
  scores: DenseMatrix,
  actual: readonly (readonly number[])[],
  threshold = 0.5,
): MultilabelMetrics {
  const { rows, columns, values } = scores;
  if (actual.length !== rows)
    throw new InvalidInput('shape', `${rows} rows of scores, but labels for ${actual.length}`);
  const byLabel = Array.from({ length: columns }, empty);
  const bySample = Array.from({ length: rows }, empty);
  for (const [row, labels] of actual.entries()) {
    const own = new Set(labels);
    for (let column = 0; column < columns; column++) {
      const isPredicted = values[row * columns + column]! >= threshold;
      for (const counts of [byLabel[column]!, bySample[row]!]) {
        if (isPredicted) counts.predicted += 1;
        if (own.has(column)) counts.actual += 1;
        if (isPredicted && own.has(column)) counts.both += 1;
      }
    }
  }
  const wrong = bySample.map(({ both, predicted, actual }) => predicted + actual - 2 * both);
  return {
    subsetAccuracy: meanOf(wrong.map((count) => Number(count === 0))),
    hammingLoss: meanOf(wrong) / Math.max(columns, 1),
    jaccard: meanOf(bySample.map(({ both, predicted, actual }) => ratio(both, predicted + actual - both))),
    micro: ofCounts(total(byLabel)),
    macro: averaged(byLabel.map(ofCounts)),
    weighted: averaged(
      byLabel.map(ofCounts),
      byLabel.map(({ actual }) => actual),
    ),
    samples: averaged(bySample.map(ofCounts)),
    labelRankingAp: meanOf([...rankingPrecisions(scores, actual)]),
    coverageError: meanOf(actual.map((labels, row) => coverageOf(scores, row, labels))),
    rankingLoss: meanOf(actual.map((labels, row) => misorderedPairs(scores, row, labels))),
    ...rankingsOf(scores, actual),
  };
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
  scores: DenseMatrix,
  actual: readonly (readonly number[])[],
): Pick<MultilabelMetrics, 'macroRocAuc' | 'macroAveragePrecision'> {
  const weights = new Float64Array(scores.rows).fill(1);
  const ranked = Array.from({ length: scores.columns }, (_, column) => {
    const isOwn = Int32Array.from(actual, (labels) => Number(labels.includes(column)));
    return rankedClass(rankingOf(scores, column), 1, { actual: isOwn, classes: 2, weights });
  });
  const isDefined = ranked.length > 0 && ranked.every(({ totals }) => totals[0]! > 0 && totals[1]! > 0);
  return {
    macroRocAuc: isDefined ? meanOf(ranked.map(({ before }) => before[0]!)) : null,
    macroAveragePrecision: isDefined ? meanOf(ranked.map(({ averagePrecision }) => averagePrecision)) : null,
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
