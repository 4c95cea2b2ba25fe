import type { TrainingTools } from '../engines/engine.ts';
import type { DenseMatrix } from '../matrix.ts';
import { EMBEDDING, meanEmbedding, TOKEN_INPUTS } from '../onnx/bert.ts';
import { withoutWeights } from '../onnx/bert-segments.ts';
import { encodeModel, type TensorType } from '../onnx/model-proto.ts';
import type { GraphPart } from '../onnx/part.ts';
import type { EncoderConfig } from './config.ts';
import { tokenInputs } from './embedder.ts';
import type { FlatLayout } from './flat-weights.ts';
import type { EncoderWeights } from './weights.ts';

/** Embeds texts with weights that change: the mean over the tokens, without scaling. */
export interface TextEmbeddings {
  /** One row for each text, each computed alone, so that it does not depend on its company. */
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
  const output = { name: EMBEDDING, type: 'float', shape: ['batch', config.hidden] } as const;
  const graph = await openGraph(
    encodeModel({
      name: 'embeddings',
      inputs: [...TOKEN_INPUTS, ...inputs],
      outputs: [output],
      metadata: {},
      ...part,
    }),
  );
  return {
    async embed(texts, flat, signal) {
      const values = new Float32Array(texts.length * config.hidden);
      const feeds = Object.fromEntries(
        constants.map(({ name, shape }) => [name, { dims: shape, data: layout.viewOf(flat, name) }]),
      );
      for (const [row, text] of texts.entries()) {
        signal?.throwIfAborted();
        const { [EMBEDDING]: embedded } = await graph.run({ ...tokenInputs([text]), ...feeds });
        values.set(embedded!.data as Float32Array, row * config.hidden);
      }
      return { rows: texts.length, columns: config.hidden, values };
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
