import { type LinearModel, usedFeatures } from '../linear/model.ts';
import type { TableEncoder } from '../linear/table.ts';
import { headOf } from './heads.ts';
import {
  type Constant,
  encodeModel,
  type OnnxModel,
  type OperatorNode,
  type TensorType,
} from './model-proto.ts';

/**
 * A linear model as an ONNX graph, ended by `headOf`. Of texts:
 *
 *     margins = Σₜ values[b, t] · weights[indices[b, t]] + bias
 *
 * with `inputs` of the adapter tfidf; texts of fewer terms point at the row after the last feature, which is zero. Of
 * tables: margins = features(row) · weights + bias, with the `inputs` of the adapter tabular, see `TableEncoder`.
 */
export function exportLinear(
  model: LinearModel,
  inputs: readonly TensorType[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const head = headOf(model.task, model.temperature, model.standard);
  const { constants, nodes } = marginsOf(model);
  return encodeModel({
    name: 'linear',
    inputs,
    outputs: head.outputs,
    constants: [...constants, ...head.constants],
    nodes: [...nodes, ...head.nodes],
    metadata: { ...head.metadata, ...metadata },
  });
}

type Margins = Pick<OnnxModel, 'constants' | 'nodes'>;

/** The part of the graph that ends with `margins`, before the head. */
export const marginsOf = (model: LinearModel): Margins =>
  model.encoder.kind === 'text' ? textMargins(model) : tableMargins(model, model.encoder);

/** The `margins` of texts; see `exportLinear`. */
export function textMargins({ weights, encoder: { columns: features } }: LinearModel): Margins {
  const scores = weights.length / (features + 1);
  const { constants, nodes } = weightRows(weights, features, scores);
  return {
    constants: [
      ...constants,
      { name: 'bias', shape: [scores], values: weights.slice(features * scores) },
      { name: 'terms_axis', shape: [1], values: BigInt64Array.of(1n) },
      { name: 'scores_axis', shape: [1], values: BigInt64Array.of(2n) },
    ],
    nodes: [
      ...nodes,
      { operator: 'Unsqueeze', inputs: ['values', 'scores_axis'], output: 'factors' },
      { operator: 'Mul', inputs: ['rows', 'factors'], output: 'products' },
      {
        operator: 'ReduceSum',
        inputs: ['products', 'terms_axis'],
        output: 'sums',
        attributes: { keepdims: 0 },
      },
      { operator: 'Add', inputs: ['sums', 'bias'], output: 'margins' },
    ],
  };
}

/**
 * The weights of each term as `rows`. Where half of the bytes or more would be those of features without a weight, only
 * the others are there, and each feature has the number of its row: 4 bytes instead of 4 for each score.
 */
function weightRows(weights: Float32Array, features: number, scores: number): Margins {
  const used = usedFeatures(weights, features);
  if (2 * (features + used.length * scores) > features * scores) {
    const padded = weights.slice();
    padded.fill(0, features * scores);
    return {
      constants: [{ name: 'weights', shape: [features + 1, scores], values: padded }],
      nodes: [{ operator: 'Gather', inputs: ['weights', 'indices'], output: 'rows' }],
    };
  }
  const kept = new Float32Array((used.length + 1) * scores);
  const rowOf = new Int32Array(features + 1).fill(used.length);
  for (const [row, feature] of used.entries()) {
    rowOf[feature] = row;
    kept.set(weights.subarray(feature * scores, (feature + 1) * scores), row * scores);
  }
  return {
    constants: [
      { name: 'weights', shape: [used.length + 1, scores], values: kept },
      { name: 'row_of_feature', shape: [features + 1], values: rowOf },
    ],
    nodes: [
      { operator: 'Gather', inputs: ['row_of_feature', 'indices'], output: 'kept_rows' },
      { operator: 'Gather', inputs: ['weights', 'kept_rows'], output: 'rows' },
    ],
  };
}

function tableMargins({ weights }: LinearModel, encoder: TableEncoder): Margins {
  const { columns: features } = encoder;
  const scores = weights.length / (features + 1);
  const parts = [numberFeatures(encoder), indicatorFeatures(encoder), hotFeatures(encoder)].filter(
    ({ nodes }) => nodes.length > 0,
  );
  return {
    constants: [
      ...parts.flatMap(({ constants }) => constants),
      { name: 'weights', shape: [features, scores], values: weights.slice(0, features * scores) },
      { name: 'bias', shape: [scores], values: weights.slice(features * scores) },
    ],
    nodes: [
      ...parts.flatMap(({ nodes }) => nodes),
      {
        operator: 'Concat',
        inputs: parts.map(({ nodes }) => nodes.at(-1)!.output),
        output: 'features',
        attributes: { axis: 1 },
      },
      { operator: 'MatMul', inputs: ['features', 'weights'], output: 'sums' },
      { operator: 'Add', inputs: ['sums', 'bias'], output: 'margins' },
    ],
  };
}

const FLOAT = 1; // of Cast, as onnx.proto numbers types

/** Numbers, those of `log1p` as such, with their mean where they are missing, standardised. */
function numberFeatures({ numbers }: TableEncoder): Margins {
  if (numbers.length === 0) return { constants: [], nodes: [] };
  const logged = loggedNumbers(numbers);
  return {
    constants: [
      indexConstant(
        'number_columns',
        numbers.map(({ column }) => column),
      ),
      floatConstant(
        'means',
        numbers.map(({ mean }) => mean),
      ),
      floatConstant(
        'deviations',
        numbers.map(({ deviation }) => deviation),
      ),
      ...logged.constants,
    ],
    nodes: [
      gather('number_columns', logged.nodes.length > 0 ? 'raw_numbers' : 'numbers'),
      ...logged.nodes,
      { operator: 'IsNaN', inputs: ['numbers'], output: 'missing' },
      { operator: 'Where', inputs: ['missing', 'means', 'numbers'], output: 'imputed' },
      { operator: 'Sub', inputs: ['imputed', 'means'], output: 'centred' },
      { operator: 'Div', inputs: ['centred', 'deviations'], output: 'standardised' },
    ],
  };
}

/**
 * sign(x) · log(1 + |x|) of `raw_numbers` where `is_logged` is 1, the others as they are, as `numbers`; nothing where none is
 * logged. NaN stays NaN.
 */
function loggedNumbers(numbers: TableEncoder['numbers']): Margins {
  if (!numbers.some(({ isLogged }) => isLogged)) return { constants: [], nodes: [] };
  const node = (operator: string, inputs: readonly string[], output: string): OperatorNode => ({
    ...{ operator, inputs, output },
  });
  return {
    constants: [
      floatConstant(
        'is_logged',
        numbers.map(({ isLogged }) => Number(isLogged)),
      ),
      floatConstant('half', [0.5]),
      floatConstant('one', [1]),
    ],
    nodes: [
      node('Greater', ['is_logged', 'half'], 'are_logged'),
      node('Abs', ['raw_numbers'], 'sizes'),
      node('Add', ['sizes', 'one'], 'from_one'),
      node('Log', ['from_one'], 'logarithms'),
      node('Sign', ['raw_numbers'], 'signs'),
      node('Mul', ['logarithms', 'signs'], 'signed_logarithms'),
      node('Where', ['are_logged', 'signed_logarithms', 'raw_numbers'], 'numbers'),
    ],
  };
}

function indicatorFeatures({ numbers }: TableEncoder): Margins {
  const columns = numbers.filter(({ indicator }) => indicator !== undefined).map(({ column }) => column);
  if (columns.length === 0) return { constants: [], nodes: [] };
  return {
    constants: [indexConstant('indicator_columns', columns)],
    nodes: [
      gather('indicator_columns', 'indicated'),
      { operator: 'IsNaN', inputs: ['indicated'], output: 'are_missing' },
      { operator: 'Cast', inputs: ['are_missing'], output: 'indicators', attributes: { to: FLOAT } },
    ],
  };
}

/** One-hot categories: each feature compares its column with its code. */
function hotFeatures({ hot }: TableEncoder): Margins {
  if (hot.length === 0) return { constants: [], nodes: [] };
  return {
    constants: [
      indexConstant(
        'hot_columns',
        hot.map(({ column }) => column),
      ),
      floatConstant(
        'hot_codes',
        hot.map(({ code }) => code),
      ),
    ],
    nodes: [
      gather('hot_columns', 'codes'),
      { operator: 'Equal', inputs: ['codes', 'hot_codes'], output: 'are_hot' },
      { operator: 'Cast', inputs: ['are_hot'], output: 'hot', attributes: { to: FLOAT } },
    ],
  };
}

const gather = (columns: string, output: string): OperatorNode => ({
  operator: 'Gather',
  inputs: ['row', columns],
  output,
  attributes: { axis: 1 },
});

const indexConstant = (name: string, indices: readonly number[]): Constant => ({
  name,
  shape: [indices.length],
  values: BigInt64Array.from(indices, BigInt),
});

const floatConstant = (name: string, values: readonly number[]): Constant => ({
  name,
  shape: [values.length],
  values: Float32Array.from(values),
});
