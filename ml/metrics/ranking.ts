import type { DenseMatrix } from '../matrix.ts';

/** The samples by one of their scores, the highest first, and where the score falls: `ends` are the ends of equal ones. */
export interface Ranking {
  readonly order: Int32Array;
  readonly ends: Int32Array;
}

/** Ranks samples by a column of scores. Costs a sort; all that is read off it costs one pass. */
export function rankingOf({ rows, columns, values }: DenseMatrix, column: number): Ranking {
  const scores = Float64Array.from({ length: rows }, (_, row) => values[row * columns + column]!);
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
  const ends: number[] = [];
  for (let at = 1; at <= rows; at++) {
    if (at === rows || scores[order[at]!] !== scores[order[at - 1]!]) ends.push(at);
  }
  return { order, ends: Int32Array.from(ends) };
}

/** How well the scores of one class rank its samples before those of others. */
export interface RankedClass {
  /** samples of each class, or the sum of their weights */
  readonly totals: Float64Array;
  /** by other class: the probability that a sample of the class ranks before one of the other, ties as half; NaN without both */
  readonly before: Float64Array;
  /** average precision: Σ (Rₙ − Rₙ₋₁) Pₙ over the thresholds, as scikit-learn's; NaN without a sample of the class */
  readonly averagePrecision: number;
}

/** What samples are of, and how many times each counts. */
interface WeightedClasses {
  readonly actual: Int32Array;
  readonly classes: number;
  readonly weights: Float64Array;
}

function totalsOf({ actual, classes, weights }: WeightedClasses): Float64Array {
  const totals = new Float64Array(classes);
  for (let sample = 0; sample < actual.length; sample++) totals[actual[sample]!]! += weights[sample]!;
  return totals;
}

/** One pass over a ranking, with a weight for each sample: how the ranks of a class compare with those of each other one. */
export function rankedClass(
  { order, ends }: Ranking,
  own: number,
  samples: WeightedClasses,
  totals = totalsOf(samples),
): RankedClass {
  const { actual, classes, weights } = samples;
  const before = new Float64Array(classes);
  const tied = new Float64Array(classes);
  let [start, positives, seen, precision] = [0, 0, 0, 0];
  for (let group = 0; group < ends.length; group++) {
    const end = ends[group]!;
    if (end - start === 1) {
      // nothing is tied: of the other classes nothing changes, and there are many
      const sample = order[start]!;
      const weight = weights[sample]!;
      start = end;
      if (weight === 0) continue; // as more than a third of a resample: it changes no sum
      const label = actual[sample]!;
      seen += weight;
      if (label !== own) before[label]! += weight * positives;
      else {
        before[label]! += weight * (positives + weight / 2);
        positives += weight;
        precision += (weight * positives) / seen;
      }
    } else {
      tied.fill(0);
      for (let at = start; at < end; at++) {
        const sample = order[at]!;
        tied[actual[sample]!]! += weights[sample]!;
        seen += weights[sample]!;
      }
      for (let label = 0; label < classes; label++)
        before[label]! += tied[label]! * (positives + tied[own]! / 2);
      positives += tied[own]!;
      if (tied[own]! > 0) precision += (tied[own]! * positives) / seen;
    }
    start = end;
  }
  return {
    totals,
    before: before.map((sum, label) => sum / (totals[own]! * totals[label]!)),
    averagePrecision: precision / totals[own]!,
  };
}

/** Of all classes, by the column of their scores. */
export interface RankingMetrics {
  /** area under the ROC curve: of two classes that of the second, else the mean of each class against all others */
  readonly rocAuc: number | null;
  /** of more than two classes the mean over pairs of them (Hand and Till 2001) */
  readonly rocAucOvo: number | null;
  /** of two classes that of the second, else the mean of the classes */
  readonly averagePrecision: number | null;
}

/** Null where a class has no sample: then no curve is defined. */
export function rankingMetrics(rankings: readonly Ranking[], samples: WeightedClasses): RankingMetrics {
  const { classes } = samples;
  const totals = totalsOf(samples);
  const ranked = rankings.map((ranking, own) => rankedClass(ranking, own, samples, totals));
  if (totals.length < 2 || totals.some((total) => total === 0))
    return { rocAuc: null, rocAucOvo: null, averagePrecision: null };
  const ofClasses = classes === 2 ? ranked.slice(1) : ranked;
  const first = classes - ofClasses.length;
  return {
    rocAuc: mean(ofClasses.map((of, at) => againstRest(of, first + at))),
    rocAucOvo:
      classes === 2
        ? null
        : mean(ranked.flatMap(({ before }, own) => [...before].filter((_, other) => other !== own))),
    averagePrecision: mean(ofClasses.map(({ averagePrecision }) => averagePrecision)),
  };
}

function againstRest({ before, totals }: RankedClass, own: number): number {
  let [sum, rest] = [0, 0];
  for (const [label, total] of totals.entries()) {
    if (label === own) continue;
    sum += before[label]! * total;
    rest += total;
  }
  return sum / rest;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Samples at or above a threshold of the score of a class, as shares. */
export interface CurvePoint {
  readonly threshold: number;
  /** of the samples of the class: the recall */
  readonly truePositiveRate: number;
  /** of the samples of other classes */
  readonly falsePositiveRate: number;
  /** of the samples at or above the threshold those of the class */
  readonly precision: number;
}

/**
 * The points of the ROC and of the precision–recall curve of a class: one for each threshold, from the highest. Null where
 * either side has no sample.
 */
export function curveOf(scores: DenseMatrix, column: number, actual: Int32Array): CurvePoint[] | null {
  const positives = actual.filter((label) => label === column).length;
  const negatives = actual.length - positives;
  if (positives === 0 || negatives === 0) return null;
  const { order, ends } = rankingOf(scores, column);
  let [start, hits] = [0, 0];
  return Array.from(ends, (end) => {
    for (let at = start; at < end; at++) if (actual[order[at]!] === column) hits += 1;
    start = end;
    return {
      threshold: scores.values[order[end - 1]! * scores.columns + column]!,
      truePositiveRate: hits / positives,
      falsePositiveRate: (end - hits) / negatives,
      precision: hits / end,
    };
  });
}

/** At most so many of the points, the first and the last among them, evenly spread. */
export function thinned<T>(points: readonly T[], most: number): T[] {
  if (points.length <= most) return [...points];
  return Array.from(
    { length: most },
    (_, at) => points[Math.round((at * (points.length - 1)) / (most - 1))]!,
  );
}
