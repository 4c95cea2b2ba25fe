import type { EncoderConfig } from '../encoder/config.ts';
import type { Dense, EncoderWeights } from '../encoder/weights.ts';
import {
  type Dropout,
  dense,
  layerInputs,
  pooled,
  TOKEN_INPUTS,
  tokenEmbeddings,
  transformerLayer,
} from './bert.ts';
import type { Constant, Dimension, TensorType } from './model-proto.ts';
import { type GraphPart, PartBuilder } from './part.ts';

/** What a layer takes and gives, and how the gradient of that is called. */
export const HIDDEN_INPUT = 'hidden_input';
/** the sum of −target · log probability: a single number */
export const LOSS = 'loss';
/** [batch, labels]: 1 for the right label, times what a sample counts */
export const TARGETS = 'targets';
/** [batch, labels]: 0, or a number far below 0 for a label that is left out of the comparison */
export const EXCLUDED = 'excluded';

/** Where dropout is put, with the factors that it multiplies by as an input of this name. */
export interface DropoutPlace {
  readonly name: string;
  readonly shape: readonly Dimension[];
}

/** A graph whose weights are inputs. */
export interface SegmentGraph {
  readonly part: GraphPart;
  /** without weights and dropout */
  readonly inputs: readonly TensorType[];
  readonly weights: readonly Omit<Constant, 'values'>[];
  readonly places: readonly DropoutPlace[];
  readonly output: Pick<TensorType, 'name' | 'shape'>;
}

/** A part of an encoder that is computed in one run. */
export interface Segment {
  readonly graph: SegmentGraph;
  /** what stands for the weights of the graph, in their order, and their values at the start */
  readonly weights: readonly (Constant & { readonly values: Float32Array })[];
  /** what stands for the places of the graph, in their order */
  readonly places: readonly string[];
}

export interface TrainableEncoder {
  readonly config: EncoderConfig;
  readonly weights: EncoderWeights;
  /** from the mean over the tokens to the scores of labels */
  readonly head: Dense;
  readonly hasDropout: boolean;
}

/** The whole encoder up to its loss, in one run: the fastest, with the activations of all layers in memory. */
export const wholeEncoder = (encoder: TrainableEncoder): Segment[] => [
  segment(encoder, TOKEN_INPUTS, (graph, dropout) => {
    const { config, weights, head } = encoder;
    let hidden = tokenEmbeddings(graph, config, weights, dropout);
    const start = layerInputs(graph, config);
    for (const [at, layer] of weights.layers.entries()) {
      hidden = transformerLayer(graph, `layer_${at}`, { ...start, config, layer, input: hidden, dropout });
    }
    return lossOf(graph, hidden, start.mask, head, dropout);
  }),
];

/**
 * The same in a run for the embeddings, one for each layer and one for the loss. Only what goes from one to the next is kept,
 * and what is inside is computed again on the way back (gradient checkpointing, Chen et al. 2016). All layers share a graph.
 */
export function encoderByLayers(encoder: TrainableEncoder): Segment[] {
  const { config, weights, head } = encoder;
  const hidden: TensorType = { name: HIDDEN_INPUT, type: 'float', shape: ['batch', 'tokens', config.hidden] };
  const mask = TOKEN_INPUTS.filter(({ name }) => name === 'attention_mask');
  const ids = TOKEN_INPUTS.filter(({ name }) => name === 'input_ids');
  const layers = weights.layers.map((layer, at) =>
    segment(encoder, [...mask, hidden], (graph, dropout) => {
      const { bias } = layerInputs(graph, config);
      const place = { config, layer, input: HIDDEN_INPUT, bias, dropout };
      return { name: transformerLayer(graph, `layer_${at}`, place), shape: hidden.shape };
    }),
  );
  return [
    segment(encoder, ids, (graph, dropout) => ({
      name: tokenEmbeddings(graph, config, weights, dropout),
      shape: hidden.shape,
    })),
    ...layers.map((layer) => ({ ...layer, graph: layers[0]!.graph })),
    segment(encoder, [...mask, hidden], (graph, dropout) => {
      const { mask } = layerInputs(graph, config);
      return lossOf(graph, HIDDEN_INPUT, mask, head, dropout);
    }),
  ];
}

function lossOf(
  graph: PartBuilder,
  hidden: string,
  mask: string,
  head: Dense,
  dropout: Dropout,
): SegmentGraph['output'] {
  const width = head.weight.length / head.bias.length;
  const mean = dropout(graph, pooled(graph, hidden, mask, 'mean_vectors'), 'head', ['batch', width]);
  const logs = graph.node('log_probabilities', 'LogSoftmax', [dense(graph, 'head', mean, head)], {
    axis: -1,
  });
  const chosen = graph.node('chosen', 'Mul', [logs, TARGETS]);
  const sum = graph.node('likelihood', 'ReduceSum', [chosen, graph.integers('all_axes', 0, 1)], {
    keepdims: 0,
  });
  return { name: graph.node(LOSS, 'Neg', [sum]), shape: [] };
}

function segment(
  { head, hasDropout }: TrainableEncoder,
  given: readonly TensorType[],
  build: (graph: PartBuilder, dropout: Dropout) => SegmentGraph['output'],
): Segment {
  const graph = new PartBuilder();
  const places: DropoutPlace[] = [];
  const dropout: Dropout = (graph, value, name, shape) => {
    if (!hasDropout) return value;
    places.push({ name, shape });
    return graph.node(`${value}.kept`, 'Mul', [value, `dropout.${name}`]);
  };
  const output = build(graph, dropout);
  const { part, weights } = withoutWeights(graph.part);
  const targets: TensorType = { name: TARGETS, type: 'float', shape: ['batch', head.bias.length] };
  return {
    graph: {
      part,
      inputs: output.name === LOSS ? [...given, targets, { ...targets, name: EXCLUDED }] : given,
      weights: weights.map(({ name, shape }) => ({ name, shape })),
      places,
      output,
    },
    weights,
    places: places.map(({ name }) => name),
  };
}

/** A part without its weights (the constants of floats that are no single numbers), and those. */
export function withoutWeights({ constants, nodes }: GraphPart): {
  part: GraphPart;
  weights: (Constant & { readonly values: Float32Array })[];
} {
  const weights = constants.flatMap(({ name, shape, values }) =>
    shape.length > 0 && values instanceof Float32Array ? [{ name, shape, values }] : [],
  );
  const names = new Set(weights.map(({ name }) => name));
  return { part: { constants: constants.filter(({ name }) => !names.has(name)), nodes }, weights };
}
