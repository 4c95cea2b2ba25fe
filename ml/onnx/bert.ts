import type { EncoderConfig } from '../encoder/config.ts';
import type { Dense, EncoderLayer, EncoderWeights, LayerNorm } from '../encoder/weights.ts';
import type { Dimension, TensorType } from './model-proto.ts';
import { type GraphPart, PartBuilder } from './part.ts';

/** Numbers of tokens, and 1 where there is one, 0 where a text of the batch has ended. */
export const TOKEN_INPUTS: readonly TensorType[] = [
  { name: 'input_ids', type: 'int64', shape: ['batch', 'tokens'] },
  { name: 'attention_mask', type: 'int64', shape: ['batch', 'tokens'] },
];

/** what `sentenceEmbedding` ends with: float [batch, hidden], of length 1 */
export const EMBEDDING = 'embedding';

const FLOAT = 1; // of Cast, as onnx.proto numbers types
/** added to the scores of what is no token, before their softmax */
const MASKED = -1e9;

/** Puts dropout on a value of a graph, at a place of this name and shape; returns what is to be used instead. */
export type Dropout = (
  graph: PartBuilder,
  value: string,
  place: string,
  shape: readonly Dimension[],
) => string;

const noDropout: Dropout = (_, value) => value;

/**
 * An encoder (Devlin et al. 2019, "BERT"; Vaswani et al. 2017, §3) and, at its end, the mean of the last layer over the
 * tokens of each text, scaled to length 1 (Reimers and Gurevych 2019, "Sentence-BERT"). Takes `TOKEN_INPUTS`. Dropout is
 * of training alone, and not in it.
 */
export function sentenceEmbedding(config: EncoderConfig, weights: EncoderWeights): GraphPart {
  const graph = new PartBuilder();
  const mean = encoderMean(graph, config, weights);
  graph.node('lengths', 'ReduceL2', [mean], { axes: [1], keepdims: 1 });
  graph.node('safe_lengths', 'Max', ['lengths', graph.number('least_length', 1e-12)]);
  graph.node(EMBEDDING, 'Div', [mean, 'safe_lengths']);
  return graph.part;
}

/** The same without the scaling to length 1: of an encoder that is trained with what follows it. */
export function meanEmbedding(config: EncoderConfig, weights: EncoderWeights): GraphPart {
  const graph = new PartBuilder();
  encoderMean(graph, config, weights, EMBEDDING);
  return graph.part;
}

function encoderMean(
  graph: PartBuilder,
  config: EncoderConfig,
  weights: EncoderWeights,
  output = 'mean_vectors',
): string {
  let hidden = tokenEmbeddings(graph, config, weights);
  const start = layerInputs(graph, config);
  for (const [at, layer] of weights.layers.entries()) {
    hidden = transformerLayer(graph, `layer_${at}`, { ...start, config, layer, input: hidden });
  }
  return pooled(graph, hidden, start.mask, output);
}

/** What every layer uses: of `attention_mask`, and constants. */
export function layerInputs(graph: PartBuilder, config: EncoderConfig): { mask: string; bias: string } {
  const mask = graph.node('mask', 'Cast', ['attention_mask'], { to: FLOAT });
  const bias = maskBias(graph, mask);
  graph.integers('split_shape', 0, 0, config.heads, config.hidden / config.heads); // 0: as it was
  graph.integers('joined_shape', 0, 0, config.hidden);
  graph.number('score_scale', 1 / Math.sqrt(config.hidden / config.heads));
  graph.number('sqrt_half', Math.SQRT1_2);
  graph.number('half', 0.5);
  graph.number('one', 1);
  return { mask, bias };
}

/** 0 for tokens, `MASKED` for padding: [batch, 1, 1, tokens]. */
function maskBias(graph: PartBuilder, mask: string): string {
  graph.node('is_padding', 'Sub', [graph.number('tokens_only', 1), mask]);
  graph.node('masked', 'Mul', ['is_padding', graph.number('masked_score', MASKED)]);
  return graph.node('mask_bias', 'Unsqueeze', ['masked', graph.integers('mask_axes', 1, 2)]);
}

/** The embedding of each token with that of its position, normalised: [batch, tokens, hidden]. */
export function tokenEmbeddings(
  graph: PartBuilder,
  config: EncoderConfig,
  { words, positions, norm }: EncoderWeights,
  dropout: Dropout = noDropout,
): string {
  const { vocabulary, positions: count, hidden } = config;
  graph.floats('words', [vocabulary, hidden], words);
  graph.floats('positions', [count, hidden], positions);
  graph.node('word_embeddings', 'Gather', ['words', 'input_ids']);
  graph.node('ids_shape', 'Shape', ['input_ids']);
  graph.node('tokens', 'Slice', ['ids_shape', graph.integers('from_1', 1), graph.integers('to_2', 2)]);
  graph.node('position_embeddings', 'Slice', ['positions', graph.integers('from_0', 0), 'tokens']);
  graph.node('summed_embeddings', 'Add', ['word_embeddings', 'position_embeddings']);
  const embeddings = layerNorm(graph, 'embeddings', 'summed_embeddings', norm, config.epsilon);
  return dropout(graph, embeddings, 'embeddings', ['batch', 'tokens', hidden]);
}

/** A layer in its place. */
export interface LayerInPlace {
  readonly config: EncoderConfig;
  readonly layer: EncoderLayer;
  readonly input: string;
  /** of `layerInputs` */
  readonly bias: string;
  readonly dropout?: Dropout;
}

/** Self-attention and a feed-forward network, each added to what it takes and normalised. */
export function transformerLayer(graph: PartBuilder, name: string, place: LayerInPlace): string {
  const { config, layer, input, dropout = noDropout } = place;
  const { epsilon, hidden } = config;
  const shape = ['batch', 'tokens', hidden];
  const context = attention(graph, name, place);
  const attended = dense(graph, `${name}.attended`, context, layer.attended);
  const kept = dropout(graph, attended, `${name}.attended`, shape);
  const added = graph.node(`${name}.attention_sum`, 'Add', [kept, input]);
  const middle = layerNorm(graph, `${name}.attention`, added, layer.attendedNorm, epsilon);
  const inner = gelu(graph, `${name}.inner`, dense(graph, `${name}.inner`, middle, layer.inner));
  const outer = dense(graph, `${name}.outer`, inner, layer.outer);
  const sum = graph.node(`${name}.sum`, 'Add', [dropout(graph, outer, `${name}.outer`, shape), middle]);
  return layerNorm(graph, name, sum, layer.outerNorm, epsilon);
}

/** softmax(q · kᵀ / √size + bias) · v, for each head: [batch, tokens, hidden]. */
function attention(
  graph: PartBuilder,
  name: string,
  { config, layer, input, bias, dropout = noDropout }: LayerInPlace,
): string {
  const heads = (what: 'query' | 'key' | 'value', perm: readonly number[]) => {
    const flat = dense(graph, `${name}.${what}`, input, layer[what]);
    const split = graph.node(`${flat}_split`, 'Reshape', [flat, 'split_shape']);
    return graph.node(`${flat}_heads`, 'Transpose', [split], { perm });
  };
  const query = heads('query', [0, 2, 1, 3]);
  const key = heads('key', [0, 2, 3, 1]);
  const value = heads('value', [0, 2, 1, 3]);
  const products = graph.node(`${name}.products`, 'MatMul', [query, key]);
  const scaled = graph.node(`${name}.scores`, 'Mul', [products, 'score_scale']);
  const masked = graph.node(`${name}.masked_scores`, 'Add', [scaled, bias]);
  const shares = graph.node(`${name}.shares`, 'Softmax', [masked], { axis: -1 });
  const kept = dropout(graph, shares, `${name}.shares`, ['batch', config.heads, 'tokens', 'tokens']);
  const context = graph.node(`${name}.context_heads`, 'MatMul', [kept, value]);
  const together = graph.node(`${name}.context_split`, 'Transpose', [context], { perm: [0, 2, 1, 3] });
  return graph.node(`${name}.context`, 'Reshape', [together, 'joined_shape']);
}

export function dense(graph: PartBuilder, name: string, input: string, { weight, bias }: Dense): string {
  const outputs = bias.length;
  graph.floats(`${name}.weight`, [weight.length / outputs, outputs], weight);
  graph.floats(`${name}.bias`, [outputs], bias);
  const product = graph.node(`${name}.product`, 'MatMul', [input, `${name}.weight`]);
  return graph.node(`${name}.dense`, 'Add', [product, `${name}.bias`]);
}

/** x/2 · (1 + erf(x/√2)) (Hendrycks and Gimpel 2016). */
function gelu(graph: PartBuilder, name: string, input: string): string {
  const scaled = graph.node(`${name}.scaled`, 'Mul', [input, 'sqrt_half']);
  const erf = graph.node(`${name}.erf`, 'Erf', [scaled]);
  const raised = graph.node(`${name}.raised`, 'Add', [erf, 'one']);
  const gated = graph.node(`${name}.gated`, 'Mul', [input, raised]);
  return graph.node(`${name}.gelu`, 'Mul', [gated, 'half']);
}

function layerNorm(
  graph: PartBuilder,
  name: string,
  input: string,
  { scale, shift }: LayerNorm,
  epsilon: number,
): string {
  graph.floats(`${name}.norm_scale`, [scale.length], scale);
  graph.floats(`${name}.norm_shift`, [shift.length], shift);
  const inputs = [input, `${name}.norm_scale`, `${name}.norm_shift`];
  return graph.node(`${name}.norm`, 'LayerNormalization', inputs, { axis: -1, epsilon: { float: epsilon } });
}

/** The mean over the tokens of each text: [batch, hidden]. */
export function pooled(graph: PartBuilder, hidden: string, mask: string, output: string): string {
  graph.node('mask_column', 'Unsqueeze', [mask, graph.integers('hidden_axis', 2)]);
  graph.node('token_vectors', 'Mul', [hidden, 'mask_column']);
  graph.integers('token_axis', 1);
  graph.node('vector_sums', 'ReduceSum', ['token_vectors', 'token_axis'], { keepdims: 0 });
  graph.node('token_counts', 'ReduceSum', [mask, 'token_axis'], { keepdims: 1 });
  return graph.node(output, 'Div', ['vector_sums', 'token_counts']);
}
