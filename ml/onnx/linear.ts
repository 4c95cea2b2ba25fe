import type { LinearModel } from '../linear/model.ts';
import type { SparseVector } from '../matrix.ts';
import { encodeModel, type TensorType } from './model-proto.ts';

export const LINEAR_INPUTS: readonly TensorType[] = [
  { name: 'indices', type: 'int64', shape: ['batch', 'terms'] },
  { name: 'values', type: 'float', shape: ['batch', 'terms'] },
];

export function linearOutputs(classes: number): TensorType[] {
  return [{ name: 'probabilities', type: 'float', shape: ['batch', classes] }];
}

/**
 * A linear classifier as an ONNX graph:
 *
 *     softmax((Σₜ values[b, t] · weights[indices[b, t]] + bias) / temperature)
 *
 * Inputs `indices` int64 [batch, terms] and `values` float [batch, terms], see `padBatch`; output
 * `probabilities` float [batch, classes]. Texts of fewer terms point at the row after the last feature,
 * which is zero. The metadata holds labels, temperature and the SHA-256 of `features.json`.
 */
export function exportLinear(model: LinearModel, featuresSha256: string): Uint8Array {
  const classes = model.labels.length;
  const features = model.featuriser.columns;
  const weights = model.weights.slice();
  weights.fill(0, features * classes);
  return encodeModel({
    name: 'linear',
    inputs: LINEAR_INPUTS,
    outputs: linearOutputs(classes),
    constants: [
      { name: 'weights', shape: [features + 1, classes], values: weights },
      { name: 'bias', shape: [classes], values: model.weights.slice(features * classes) },
      { name: 'temperature', shape: [], values: Float32Array.of(model.temperature) },
      { name: 'terms_axis', shape: [1], values: BigInt64Array.of(1n) },
      { name: 'classes_axis', shape: [1], values: BigInt64Array.of(2n) },
    ],
    nodes: [
      { operator: 'Gather', inputs: ['weights', 'indices'], output: 'rows' },
      { operator: 'Unsqueeze', inputs: ['values', 'classes_axis'], output: 'factors' },
      { operator: 'Mul', inputs: ['rows', 'factors'], output: 'products' },
      {
        operator: 'ReduceSum',
        inputs: ['products', 'terms_axis'],
        output: 'sums',
        attributes: { keepdims: 0 },
      },
      { operator: 'Add', inputs: ['sums', 'bias'], output: 'margins' },
      { operator: 'Div', inputs: ['margins', 'temperature'], output: 'logits' },
      { operator: 'Softmax', inputs: ['logits'], output: 'probabilities', attributes: { axis: 1 } },
    ],
    metadata: {
      labels: JSON.stringify(model.labels),
      temperature: String(model.temperature),
      features_sha256: featuresSha256,
    },
  });
}

/** The inputs of the graph, `shape` being [batch, terms]. */
export interface LinearBatch {
  readonly shape: readonly [number, number];
  readonly indices: BigInt64Array;
  readonly values: Float32Array;
}

/**
 * Texts as the inputs of an exported graph: as many columns as the longest has terms.
 *
 * @param features how many the model has, which is also the index of its zero row
 */
export function padBatch(rows: readonly SparseVector[], features: number): LinearBatch {
  const terms = Math.max(1, ...rows.map(({ indices }) => indices.length));
  const indices = new BigInt64Array(rows.length * terms).fill(BigInt(features));
  const lowWords = new Int32Array(indices.buffer); // a BigInt for each index takes three times as long
  const values = new Float32Array(rows.length * terms);
  for (const [row, vector] of rows.entries()) {
    values.set(vector.values, row * terms);
    for (let at = 0; at < vector.indices.length; at++) lowWords[2 * (row * terms + at)] = vector.indices[at]!;
  }
  return { shape: [rows.length, terms], indices, values };
}
