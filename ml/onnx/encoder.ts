import type { Blend } from '../encoder/blend.ts';
import type { Head } from '../encoder/head.ts';
import type { LinearModel } from '../linear/model.ts';
import type { LearningProblem } from '../problem.ts';
import { EMBEDDING } from './bert.ts';
import { headOf } from './heads.ts';
import { textMargins } from './linear.ts';
import { encodeModel, type TensorType } from './model-proto.ts';
import { type GraphPart, named, PartBuilder, renamed } from './part.ts';

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
 * ended by `headOf` in both cases.
 */
export function exportEncoder(
  { task, encoder, head, linear }: EncoderModel,
  inputs: readonly TensorType[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const { temperature } = linear?.blend ?? head;
  const end = headOf(task, temperature, { mean: 0, deviation: 1 });
  const scores = named('encoder', headScores(encoder, head));
  const parts = linear
    ? [scores, named('linear', textMargins(linear.model)), blendOf(head, linear)]
    : [renamed(scores, 'encoder.margins', 'margins')];
  return encodeModel({
    name: 'encoder',
    inputs,
    outputs: end.outputs,
    constants: [...parts.flatMap(({ constants }) => constants), ...end.constants],
    nodes: [...parts.flatMap(({ nodes }) => nodes), ...end.nodes],
    metadata: { ...end.metadata, ...metadata },
  });
}

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

function blendOf(head: Head, { model, blend }: NonNullable<EncoderModel['linear']>): GraphPart {
  const graph = new PartBuilder();
  const weighted = (name: string, temperature: number, weight: number) => {
    const own = graph.number(`${name}.temperature`, temperature);
    graph.node(`${name}.logits`, 'Div', [`${name}.margins`, own]);
    graph.node(`${name}.log_probabilities`, 'LogSoftmax', [`${name}.logits`], { axis: 1 });
    const share = graph.number(`${name}.share`, weight);
    return graph.node(`${name}.weighted`, 'Mul', [`${name}.log_probabilities`, share]);
  };
  graph.node('margins', 'Add', [
    weighted('linear', model.temperature, blend.share),
    weighted('encoder', head.temperature, 1 - blend.share),
  ]);
  return graph.part;
}
