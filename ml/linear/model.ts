import { probabilitiesOf } from '../calibration/probabilities.ts';
import type { Instance } from '../instance/schema.ts';
import type { DenseMatrix, SparseMatrix } from '../matrix.ts';
import type { LearningProblem } from '../problem.ts';
import { addProducts } from './sparse-rows.ts';
import type { Standard } from './standard.ts';
import type { TableEncoder } from './table.ts';
import type { TextEncoder } from './text.ts';

/** A linear model of texts or tables. What it computes is what its exported ONNX graph computes. */
export interface LinearModel {
  readonly task: LearningProblem;
  readonly encoder: TextEncoder | TableEncoder;
  /** (features + 1) × scores, row by row; the last row is the bias. */
  readonly weights: Float32Array;
  /** of classification: margins are divided by it */
  readonly temperature: number;
  /** of regression: margins are of standardised targets */
  readonly standard: Standard;
}

/** One row per instance: the probability of each label, or the one number. */
export const predictLinear = (model: LinearModel, instances: readonly Instance[]): DenseMatrix =>
  scoresOfRows(model, model.encoder.encode(instances));

/** The same of instances that are already encoded. */
export function scoresOfRows(model: Omit<LinearModel, 'encoder'>, features: SparseMatrix): DenseMatrix {
  const margins = linearMargins(features, model.weights);
  if (model.task.type !== 'regression') return probabilitiesOf(model.task, margins, model.temperature);
  const { mean, deviation } = model.standard;
  return { ...margins, values: margins.values.map((margin) => margin * deviation + mean) };
}

/** features · weights + bias: one row per sample, one column per score. */
export function linearMargins(features: SparseMatrix, weights: Float32Array): DenseMatrix {
  const { rows, columns: biasRow } = features;
  const columns = weights.length / (biasRow + 1);
  const bias = weights.subarray(biasRow * columns);
  const margins = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const sums = margins.subarray(row * columns, (row + 1) * columns);
    sums.set(bias);
    addProducts(features, row, weights, sums);
  }
  return { rows, columns, values: margins };
}

/** The features with a weight that is not 0, in order. */
export function usedFeatures(weights: Float32Array, features: number): number[] {
  const scores = weights.length / (features + 1);
  const used: number[] = [];
  for (let feature = 0; feature < features; feature++) {
    const start = feature * scores;
    for (let at = start; at < start + scores; at++) {
      if (weights[at] === 0) continue;
      used.push(feature);
      break;
    }
  }
  return used;
}
