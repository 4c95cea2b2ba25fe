import type { Blend } from '../encoder/blend.ts';
import type { Head } from '../encoder/head.ts';
import type { LinearModel } from '../linear/model.ts';
import type { LearningProblem } from '../problem.ts';
import { EMBEDDING, TOKEN_INPUTS } from './bert.ts';
import { headOf } from './heads.ts';
import { textMargins } from './linear.ts';
import { encodeModel, type InnerGraph, type TensorType } from './model-proto.ts';
import { type GraphPart, named, PartBuilder, renamed } from './part.ts';

/** Of Cast, as onnx.proto numbers types. */
const [FLOAT, BOOLEAN] = [1, 9];

/** An encoder with its head, and the linear model that it is blended with. */
export interface EncoderModel {
  readonly task: LearningProblem;
  /** see `sentenceEmbedding` */
  readonly encoder: GraphPart;
  readonly head: Head;
  readonly linear: { readonly model: LinearModel; readonly blend: Blend } | undefined;
}

/**
 * An encoder's classifier as an ONNX graph: margins = embedding · weights + bias. Blended with a linear model:
 *
 *     margins = share · log softmax(linear / T₁) + (1 − share) · log softmax(encoder / T₂)
 *
 * In a cascade these are the margins of the rows of which the linear model is unsure; the encoder is run for those alone. The
 * others keep the probabilities of the linear model, and so do all rows of inputs without tokens: `SURE_OUTPUT` tells which rows
 * have their last answer without any. Ended by `headOf` in all cases.
 */
export function exportEncoder(
  { task, encoder, head, linear }: EncoderModel,
  inputs: readonly TensorType[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const { temperature } = linear?.blend ?? head;
  const end = headOf(task, temperature, { mean: 0, deviation: 1 });
  const scores = named('encoder', headScores(encoder, head));
  const parts = linear ? blendParts(scores, head, linear) : [renamed(scores, 'encoder.margins', 'margins')];
  return encodeModel({
    name: 'encoder',
    inputs,
    outputs: encoderOutputs(task, linear?.blend),
    constants: [...parts.flatMap(({ constants }) => constants), ...end.constants],
    nodes: [...parts.flatMap(({ nodes }) => nodes), ...end.nodes],
    metadata: { ...end.metadata, ...metadata },
  });
}

/** The outputs of `exportEncoder`. */
export const encoderOutputs = (task: LearningProblem, blend: Blend | undefined): readonly TensorType[] => [
  ...headOf(task, 1, { mean: 0, deviation: 1 }).outputs,
  ...(blend?.threshold === undefined ? [] : [SURE_OUTPUT]),
];

function headScores(encoder: GraphPart, { weights, bias }: Head): GraphPart {
  const graph = new PartBuilder();
  graph.floats('head_weights', [weights.length / bias.length, bias.length], weights);
  graph.node('head_sums', 'MatMul', [EMBEDDING, 'head_weights']);
  graph.node('margins', 'Add', ['head_sums', graph.floats('head_bias', [bias.length], bias)]);
  return {
    constants: [...encoder.constants, ...graph.part.constants],
    nodes: [...encoder.nodes, ...graph.part.nodes],
  };
}

/** Of a cascade: 1 where the linear model is sure, so that the encoder is not asked, else 0. */
export const SURE_OUTPUT: TensorType = { name: 'sure', type: 'float', shape: ['batch', 1] };

const LINEAR_LOGS = 'linear.log_probabilities';
const ENCODER_LOGS = 'encoder.log_probabilities';

function blendParts(
  scores: GraphPart,
  head: Head,
  { model, blend }: NonNullable<EncoderModel['linear']>,
): GraphPart[] {
  const first = [named('linear', textMargins(model)), logsOf('linear', model.temperature)];
  const second = [scores, logsOf('encoder', head.temperature)];
  const { threshold, share, temperature } = blend;
  const graph = new PartBuilder();
  const weighted = (name: string, logs: string, weight: number) =>
    graph.node(`${name}.weighted`, 'Mul', [logs, graph.number(`${name}.share`, weight)]);
  const sum = (output: string) =>
    graph.node(output, 'Add', [
      weighted('linear', LINEAR_LOGS, share),
      weighted('encoder', ENCODER_LOGS, 1 - share),
    ]);
  if (threshold === undefined) {
    sum('margins');
    return [...first, ...second, graph.part];
  }
  graph.node('kept', 'Mul', [LINEAR_LOGS, graph.number('kept_temperature', temperature)]);
  graph.node('margins', 'Where', ['is_answered', 'kept', sum('blended')]);
  return [...first, whereUnsure(second, Math.log(threshold), head.bias.length), graph.part];
}

/** log softmax(margins / temperature). */
function logsOf(name: 'linear' | 'encoder', temperature: number): GraphPart {
  const graph = new PartBuilder();
  graph.node(`${name}.logits`, 'Div', [`${name}.margins`, graph.number(`${name}.temperature`, temperature)]);
  graph.node(`${name}.log_probabilities`, 'LogSoftmax', [`${name}.logits`], { axis: 1 });
  return graph.part;
}

/**
 * The parts that end in `ENCODER_LOGS`, run for the rows of which the linear model is unsure, unless no row has tokens. Which rows
 * the linear model answers, says `is_answered`.
 */
function whereUnsure(parts: readonly GraphPart[], threshold: number, labels: number): GraphPart {
  const graph = new PartBuilder();
  graph.node('tops', 'ReduceMax', [LINEAR_LOGS], { axes: [1], keepdims: 1 });
  graph.node('is_sure', 'GreaterOrEqual', ['tops', graph.number('threshold', threshold)]);
  graph.node(SURE_OUTPUT.name, 'Cast', ['is_sure'], { to: FLOAT });
  graph.node('size', 'Size', [TOKEN_INPUTS[0]!.name]);
  graph.node('has_tokens', 'Cast', ['size'], { to: BOOLEAN });
  graph.node('is_without_tokens', 'Not', ['has_tokens']);
  graph.node('is_answered', 'Or', ['is_sure', 'is_without_tokens']);
  graph.node('answered_rows', 'Cast', ['is_answered'], { to: FLOAT });
  graph.node('answered_of_all', 'ReduceMin', ['answered_rows'], { keepdims: 0 });
  graph.node('is_all_answered', 'Cast', ['answered_of_all'], { to: BOOLEAN });
  const branch = (name: string, output: string, nodes: GraphPart['nodes']): InnerGraph => ({
    name,
    nodes,
    outputs: [{ name: output, type: 'float', shape: ['batch', labels] }],
  });
  graph.node(ENCODER_LOGS, 'If', ['is_all_answered'], {
    then_branch: branch('all_answered', 'not_asked', [
      { operator: 'Identity', inputs: [LINEAR_LOGS], output: 'not_asked' },
    ]),
    else_branch: branch('unsure', 'asked', unsureRows(parts, graph)),
  });
  const { constants, nodes } = graph.part;
  return { constants: [...parts.flatMap((part) => part.constants), ...constants], nodes };
}

/**
 * Takes the rows that are not `is_sure` from the inputs of the encoder, runs the parts for them, and puts what they answer, `asked`,
 * into a copy of what the linear model says.
 *
 * @param outside where constants go, which a branch takes from around it
 */
function unsureRows(parts: readonly GraphPart[], outside: PartBuilder): GraphPart['nodes'] {
  const before = new PartBuilder();
  before.node('unsure', 'Not', ['is_sure']);
  before.node('unsure_places', 'NonZero', ['unsure']); // rows, and columns, which are all 0
  before.node('unsure_rows', 'Gather', ['unsure_places', outside.integers('rows_of_places', 0)]);
  before.node('unsure_list', 'Reshape', ['unsure_rows', outside.integers('as_list', -1)]);
  before.node('unsure_column', 'Reshape', ['unsure_rows', outside.integers('as_column', -1, 1)]);
  const inputs = new Set(TOKEN_INPUTS.map(({ name }) => name));
  const ofUnsure = (name: string) => (inputs.has(name) ? `unsure_${name}` : name);
  for (const name of inputs) before.node(ofUnsure(name), 'Gather', [name, 'unsure_list']);
  const asked = parts
    .flatMap(({ nodes }) => nodes)
    .map((node) => ({
      ...node,
      inputs: node.inputs.map(ofUnsure),
      output: node.output === ENCODER_LOGS ? 'unsure_logs' : node.output,
    }));
  const after = new PartBuilder();
  after.node('asked', 'ScatterND', [LINEAR_LOGS, 'unsure_column', 'unsure_logs']);
  return [...before.part.nodes, ...asked, ...after.part.nodes];
}
