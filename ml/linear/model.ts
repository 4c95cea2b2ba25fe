import { softmaxRows } from '../calibration/temperature.ts';
import type { Featuriser } from '../features/tfidf.ts';
import type { DenseMatrix, SparseMatrix } from '../matrix.ts';
import { composeText, type Document } from '../text/document.ts';

/** A linear classifier of documents. What it computes is what its exported ONNX graph computes. */
export interface LinearModel {
  readonly labels: readonly string[];
  readonly featuriser: Featuriser;
  readonly titleWeight: number;
  /** (features + 1) × labels, row by row; the last row is the bias. */
  readonly weights: Float32Array;
  readonly temperature: number;
}

/** One row per document, one column per label. */
export function predictProbabilities(model: LinearModel, documents: readonly Document[]): DenseMatrix {
  const features = model.featuriser.featuriseAll(texts(documents, model.titleWeight));
  return softmaxRows(linearMargins(features, model.weights), model.temperature);
}

/** The texts of documents, composed one at a time. */
export function* texts(documents: Iterable<Document>, titleWeight: number): Generator<string> {
  for (const document of documents) yield composeText(document, titleWeight);
}

/** features · weights + bias: one row per sample, one column per label. */
export function linearMargins(features: SparseMatrix, weights: Float32Array): DenseMatrix {
  const { rows, columns: biasRow, offsets, indices, values } = features;
  const columns = weights.length / (biasRow + 1);
  const bias = weights.subarray(biasRow * columns);
  const margins = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const sums = margins.subarray(row * columns, (row + 1) * columns);
    sums.set(bias);
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++) {
      const value = values[at]!;
      const base = indices[at]! * columns;
      for (let k = 0; k < columns; k++) sums[k]! += value * weights[base + k]!;
    }
  }
  return { rows, columns, values: margins };
}
