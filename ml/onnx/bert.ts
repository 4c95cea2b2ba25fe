import type { EncoderConfig } from '../encoder/config.ts';
import type { Dense, EncoderLayer, EncoderWeights, LayerNorm } from '../encoder/weights.ts';
import type { TensorType } from './model-proto.ts';
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

/**
 * An encoder (Devlin et al. 2019, "BERT"; Vaswani et al. 2017, §3) and, at its end, the mean of the last layer over the
 * tokens of each text, scaled to length 1 (Reimers and Gurevych 2019, "Sentence-BERT"). Takes `TOKEN_INPUTS`. Dropout is
 * of training alone, and not in it.
 */
export function sentenceEmbedding(config: EncoderConfig, weights: EncoderWeights): GraphPart {
  const graph = new PartBuilder();
  const mask = graph.node('mask', 'Cast', ['attention_mask'], { to: FLOAT });
  const bias = maskBias(graph, mask);
  let hidden = tokenEmbeddings(graph, config, weights);
  graph.integers('split_shape', 0, 0, config.heads, config.hidden / config.heads); // 0: as it was
  graph.integers('joined_shape', 0, 0, config.hidden);
  graph.number('score_scale', 1 / Math.sqrt(config.hidden / config.heads));
  graph.number('sqrt_half', Math.SQRT1_2);
  graph.number('half', 0.5);
  graph.number('one', 1);
  for (const [at, layer] of weights.layers.entries()) {
    hidden = transformerLayer(graph, `layer_${at}`, config, layer, hidden, bias);
  }
  pooled(graph, hidden, mask);
  return graph.part;
}

/** 0 for tokens, `MASKED` for padding: [batch, 1, 1, tokens]. */
function maskBias(graph: PartBuilder, mask: string): string {
  graph.node('is_padding', 'Sub', [graph.number('tokens_only', 1), mask]);
  graph.node('masked', 'Mul', ['is_padding', graph.number('masked_score', MASKED)]);
  return graph.node('mask_bias', 'Unsqueeze', ['masked', graph.integers('mask_axes', 1, 2)]);
}

/** The embedding of each token with that of its position, normalised. */
function tokenEmbeddings(
  graph: PartBuilder,
  config: EncoderConfig,
  { words, positions, norm }: EncoderWeights,
): string {
  const { vocabulary, positions: count, hidden } = config;
  graph.floats('words', [vocabulary, hidden], words);
  graph.floats('positions', [count, hidden], positions);
  graph.node('word_embeddings', 'Gather', ['words', 'input_ids']);
  graph.node('ids_shape', 'Shape', ['input_ids']);
  graph.node('tokens', 'Slice', ['ids_shape', graph.integers('from_1', 1), graph.integers('to_2', 2)]);
  graph.node('position_embeddings', 'Slice', ['positions', graph.integers('from_0', 0), 'tokens']);
  graph.node('summed_embeddings', 'Add', ['word_embeddings', 'position_embeddings']);
  return layerNorm(graph, 'embeddings', 'summed_embeddings', norm, config.epsilon);
}

/** Self-attention and a feed-forward network, each added to what it takes and normalised. */
function transformerLayer(
  graph: PartBuilder,
  name: string,
  config: EncoderConfig,
  layer: EncoderLayer,
  input: string,
  bias: string,
): string {
  const { epsilon } = config;
  const context = attention(graph, name, layer, input, bias);
  const attended = dense(graph, `${name}.attended`, context, layer.attended);
  const added = graph.node(`${name}.attention_sum`, 'Add', [attended, input]);
  const middle = layerNorm(graph, `${name}.attention`, added, layer.attendedNorm, epsilon);
  const inner = gelu(graph, `${name}.inner`, dense(graph, `${name}.inner`, middle, layer.inner));
  const outer = dense(graph, `${name}.outer`, inner, layer.outer);
  const sum = graph.node(`${name}.sum`, 'Add', [outer, middle]);
  return layerNorm(graph, name, sum, layer.outerNorm, epsilon);
}

/** softmax(q · kᵀ / √size + bias) · v, for each head: [batch, tokens, hidden]. */
function attention(
  graph: PartBuilder,
  name: string,
  layer: EncoderLayer,
  input: string,
  bias: string,
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
  const context = graph.node(`${name}.context_heads`, 'MatMul', [shares, value]);
  const together = graph.node(`${name}.context_split`, 'Transpose', [context], { perm: [0, 2, 1, 3] });
  return graph.node(`${name}.context`, 'Reshape', [together, 'joined_shape']);
}

function dense(graph: PartBuilder, name: string, input: string, { weight, bias }: Dense): string {
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

function pooled(graph: PartBuilder, hidden: string, mask: string): void {
  graph.node('mask_column', 'Unsqueeze', [mask, graph.integers('hidden_axis', 2)]);
  graph.node('token_vectors', 'Mul', [hidden, 'mask_column']);
  graph.integers('token_axis', 1);
  graph.node('vector_sums', 'ReduceSum', ['token_vectors', 'token_axis'], { keepdims: 0 });
  graph.node('token_counts', 'ReduceSum', [mask, 'token_axis'], { keepdims: 1 });
  graph.node('mean_vectors', 'Div', ['vector_sums', 'token_counts']);
  graph.node('lengths', 'ReduceL2', ['mean_vectors'], { axes: [1], keepdims: 1 });
  graph.node('safe_lengths', 'Max', ['lengths', graph.number('least_length', 1e-12)]);
  graph.node(EMBEDDING, 'Div', ['mean_vectors', 'safe_lengths']);
}
