import type { DenseMatrix } from '../matrix.ts';
import { rankedClass, rankingOf } from '../metrics/ranking.ts';

/** How well a model tells instances of its kind from others. */
export interface OutOfDistribution {
  /** area under the ROC curve of 1 − the highest probability (Hendrycks and Gimpel 2017): 0.5 is chance */
  readonly auroc: number;
  /** the same of the entropy of the probabilities */
  readonly entropyAuroc: number;
  readonly inside: number;
  readonly outside: number;
  /** means of the highest probability */
  readonly confidenceInside: number;
  readonly confidenceOutside: number;
}

/** @param inside,outside probabilities that a classifier gives to instances of its kind, and to others */
export function outOfDistribution(inside: DenseMatrix, outside: DenseMatrix): OutOfDistribution {
  const rows = [...rowsOf(inside), ...rowsOf(outside)];
  const isOutside = Int32Array.from(rows, (_, row) => Number(row >= inside.rows));
  const confidence = rows.map((row) => Math.max(...row));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    auroc: areaOf(
      confidence.map((value) => 1 - value),
      isOutside,
    ),
    entropyAuroc: areaOf(rows.map(entropyOf), isOutside),
    inside: inside.rows,
    outside: outside.rows,
    confidenceInside: mean(confidence.slice(0, inside.rows)),
    confidenceOutside: mean(confidence.slice(inside.rows)),
  };
}

function areaOf(scores: readonly number[], isOutside: Int32Array): number {
  const values = Float64Array.from(scores);
  const weights = new Float64Array(scores.length).fill(1);
  const ranking = rankingOf({ rows: scores.length, columns: 1, values }, 0);
  return rankedClass(ranking, 1, { actual: isOutside, classes: 2, weights }).before[0]!;
}

const rowsOf = ({ rows, columns, values }: DenseMatrix): number[][] =>
  Array.from({ length: rows }, (_, row) => [...values.subarray(row * columns, (row + 1) * columns)]);

const entropyOf = (row: readonly number[]): number =>
  -row.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);
