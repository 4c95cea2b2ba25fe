import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { DenseMatrix, SparseMatrix } from '../matrix.ts';
import type { TensorFlow } from './backend.ts';
import { type Batch, batchesOf } from './batches.ts';
import { isRectified, type Layers } from './network.ts';

/** The scores that are wanted of the rows of a batch, and how wrong others are. */
export type BatchTargets =
  | {
      readonly type: 'classification';
      /** rows × classes: how much the error on the row's own class counts, 0 for the others */
      readonly own: Float32Array;
      /** rows × classes: 0, or a large negative number for a class that the row is no example against */
      readonly mask: Float32Array;
    }
  | {
      readonly type: 'multilabel';
      /** rows × labels: 1 where the row has the label, else 0 */
      readonly has: Float32Array;
    }
  | { readonly type: 'regression'; readonly targets: Float32Array };

/** Derivatives of a loss by what a step moves: of the first layer the rows that the batch has, and the bias. */
export interface Gradients {
  readonly loss: number;
  /** of the weights and of the bias of each layer in turn */
  readonly layers: readonly Float32Array[];
}

/** Rows at a time, where no derivatives are wanted. */
const PREDICTED_ROWS = 64;

/**
 * The loss of a batch, and its derivatives. Cross-entropy, of several labels its sum over them, or half the squared error; the mean over the rows.
 *
 * @param masks by layer but the last, rows × units: what each unit is multiplied by (dropout)
 * @param of how many rows it is the mean: of a part of a batch those of the whole, so that the sum over its parts is that of it
 */
export function gradientsOf(
  tf: TensorFlow,
  network: Layers,
  batch: Batch,
  targets: BatchTargets,
  masks: readonly Float32Array[],
  of = batch.rows.length,
): Gradients {
  const rows = batch.rows.length;
  return inScope(tf, () => {
    const input = tf.tensor2d(batch.values, [rows, batch.used.length]);
    const factors = masks.map((mask) => tf.tensor2d(mask, [rows, mask.length / rows]));
    const { value, grads } = tf.valueAndGrads((...weights: Tensor[]) => {
      const margins = forward(tf, network, input, weights, factors);
      return tf.div(tf.sum(lossOf(tf, margins, targets)), of);
    })(tensorsOf(tf, network, batch));
    const layers = grads.map((gradient) => gradient.dataSync<'float32'>());
    return { loss: value.dataSync()[0]!, layers };
  });
}

/** The scores of the rows of a matrix, before any softmax. */
export function marginsOf(tf: TensorFlow, network: Layers, features: SparseMatrix): DenseMatrix {
  const columns = network.layers.at(-1)!.outputs;
  const values = new Float64Array(features.rows * columns);
  const order = Int32Array.from({ length: features.rows }, (_, row) => row);
  let at = 0;
  for (const batch of batchesOf(features, order, PREDICTED_ROWS)) {
    const margins = inScope(tf, () => {
      const input = tf.tensor2d(batch.values, [batch.rows.length, batch.used.length]);
      return forward(tf, network, input, tensorsOf(tf, network, batch), []).dataSync();
    });
    values.set(margins, at);
    at += margins.length;
  }
  return { rows: features.rows, columns, values };
}

/** What a function computes, without its tensors. `tf.tidy` would search each number of the result for some. */
function inScope<Result>(tf: TensorFlow, compute: () => Result): Result {
  tf.engine().startScope();
  try {
    return compute();
  } finally {
    tf.engine().endScope();
  }
}

/** @param tensors weights and bias of each layer in turn */
function forward(
  tf: TensorFlow,
  network: Layers,
  input: Tensor2D,
  tensors: readonly Tensor[],
  factors: readonly Tensor[],
): Tensor2D {
  let units = input;
  for (let layer = 0; layer < network.layers.length; layer++) {
    units = tf.add(tf.matMul(units, tensors[2 * layer] as Tensor2D), tensors[2 * layer + 1]!);
    if (isRectified(network, layer)) units = tf.relu(units);
    const factor = factors[layer];
    if (factor) units = tf.mul(units, factor);
  }
  return units;
}

/** Weights and bias of each layer; of the first layer the rows that the batch has. */
function tensorsOf(tf: TensorFlow, { layers }: Layers, { used }: Batch): Tensor[] {
  return layers.flatMap(({ inputs, outputs, weights }, at) => [
    at === 0
      ? tf.tensor2d(rowsOf(weights, used, outputs), [used.length, outputs])
      : tf.tensor2d(weights.subarray(0, inputs * outputs), [inputs, outputs]),
    tf.tensor1d(weights.subarray(inputs * outputs)),
  ]);
}

function rowsOf(weights: Float32Array, rows: Int32Array, width: number): Float32Array {
  const found = new Float32Array(rows.length * width);
  for (let at = 0; at < rows.length; at++) {
    const from = rows[at]! * width;
    for (let k = 0; k < width; k++) found[at * width + k] = weights[from + k]!;
  }
  return found;
}

/** One number for each row. */
function lossOf(tf: TensorFlow, margins: Tensor2D, targets: BatchTargets): Tensor {
  if (targets.type === 'regression') {
    const errors = tf.sub(margins, tf.tensor2d(targets.targets, [targets.targets.length, 1]));
    return tf.mul(tf.mul(errors, errors), 0.5);
  }
  const shape = margins.shape;
  if (targets.type === 'multilabel') {
    // log(1 + exp(x)) is max(x, 0) + log(1 + exp(-|x|))
    const has = tf.tensor2d(targets.has, shape);
    const tail = tf.log1p(tf.exp(tf.neg(tf.abs(margins))));
    const losses = tf.sub(tf.add(tf.relu(margins), tail), tf.mul(has, margins));
    return tf.sum(losses, 1);
  }
  const own = tf.tensor2d(targets.own, shape);
  const logProbabilities = tf.logSoftmax(tf.add(margins, tf.tensor2d(targets.mask, shape)));
  return tf.neg(tf.sum(tf.mul(own, logProbabilities), 1));
}
