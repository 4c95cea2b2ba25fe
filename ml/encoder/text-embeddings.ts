import type { Tensor } from '../adapters/adapter.ts';
import type { OpenGraph, TrainingTools } from '../engines/engine.ts';
import type { DenseMatrix } from '../matrix.ts';
import { EMBEDDING, meanEmbedding, TOKEN_INPUTS } from '../onnx/bert.ts';
import { withoutWeights } from '../onnx/bert-segments.ts';
import { encodeModel, type TensorType } from '../onnx/model-proto.ts';
import type { GraphPart } from '../onnx/part.ts';
import type { EncoderConfig } from './config.ts';
import type { FlatLayout } from './flat-weights.ts';
import { tokenInputs } from './token-inputs.ts';
import type { EncoderWeights } from './weights.ts';

/** Embeds texts, each of them alone, so that what comes of one does not depend on its company. */
export interface Embedding {
  /** One row for each text, given as numbers of tokens. An abort ends it between two texts. */
  embed(texts: readonly (readonly number[])[], signal?: AbortSignal): Promise<DenseMatrix>;
  close(): Promise<void>;
}

/** @param part an encoder with its weights: see `sentenceEmbedding` and `meanEmbedding` */
export const openEmbedding = (
  part: GraphPart,
  hidden: number,
  tools: Pick<TrainingTools, 'openGraph'>,
): Promise<Embedding> => openEncoded(encodeEmbedding(part, hidden), hidden, tools);

/** @param onnx of `encodeEmbedding` */
export async function openEncoded(
  onnx: Uint8Array,
  hidden: number,
  { openGraph }: Pick<TrainingTools, 'openGraph'>,
): Promise<Embedding> {
  const graph = await openGraph(onnx);
  return {
    embed: (texts, signal) => embedWith(graph, texts, hidden, {}, signal),
    close: () => graph.close(),
  };
}

/** An encoder as an ONNX graph that ends with its embedding. */
export const encodeEmbedding = (
  part: GraphPart,
  hidden: number,
  weights: readonly TensorType[] = [],
): Uint8Array =>
  encodeModel({
    name: 'embeddings',
    inputs: [...TOKEN_INPUTS, ...weights],
    outputs: [{ name: EMBEDDING, type: 'float', shape: ['batch', hidden] }],
    metadata: {},
    ...part,
  });

async function embedWith(
  graph: OpenGraph,
  texts: readonly (readonly number[])[],
  hidden: number,
  feeds: Readonly<Record<string, Tensor>>,
  signal: AbortSignal | undefined,
): Promise<DenseMatrix> {
  const values = new Float32Array(texts.length * hidden);
  for (const [row, text] of texts.entries()) {
    signal?.throwIfAborted();
    const { [EMBEDDING]: embedded } = await graph.run({ ...tokenInputs([text]), ...feeds });
    values.set(embedded!.data as Float32Array, row * hidden);
  }
  return { rows: texts.length, columns: hidden, values };
}

/** Embeds texts with weights that change: the mean over the tokens, without scaling. */
export interface TextEmbeddings {
  /** See `Embedding`. */
  embed(
    texts: readonly (readonly number[])[],
    weights: Float32Array,
    signal?: AbortSignal,
  ): Promise<DenseMatrix>;
  /** the graph with these weights in it */
  graphOf(weights: Float32Array): GraphPart;
  close(): Promise<void>;
}

/** @param layout of the weights, all of the encoder among them */
export async function openEmbeddings(
  config: EncoderConfig,
  weights: EncoderWeights,
  layout: FlatLayout,
  { openGraph }: Pick<TrainingTools, 'openGraph'>,
): Promise<TextEmbeddings> {
  const whole = meanEmbedding(config, weights);
  const { part, weights: constants } = withoutWeights(whole);
  const inputs: TensorType[] = constants.map(({ name, shape }) => ({ name, shape, type: 'float' }));
  const graph = await openGraph(encodeEmbedding(part, config.hidden, inputs));
  return {
    embed(texts, flat, signal) {
      const feeds = Object.fromEntries(
        constants.map(({ name, shape }) => [name, { dims: shape, data: layout.viewOf(flat, name) }]),
      );
      return embedWith(graph, texts, config.hidden, feeds, signal);
    },
    graphOf: (flat) => ({
      nodes: whole.nodes,
      constants: [
        ...part.constants,
        ...constants.map(({ name, shape }) => ({ name, shape, values: layout.viewOf(flat, name) })),
      ],
    }),
    close: () => graph.close(),
  };
}
