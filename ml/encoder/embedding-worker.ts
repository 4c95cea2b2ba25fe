import type { ServeWorker, TrainingTools } from '../engines/engine.ts';
import type { DenseMatrix } from '../matrix.ts';
import type { GraphPart } from '../onnx/part.ts';
import { type Embedding, encodeEmbedding, openEncoded } from './text-embeddings.ts';

/** What a worker needs to embed texts. */
interface EmbeddingWorker {
  readonly onnx: Uint8Array;
  readonly hidden: number;
}

/** @param part see `openEmbedding` */
export const embeddingWorker = (part: GraphPart, hidden: number): EmbeddingWorker => ({
  onnx: shared(encodeEmbedding(part, hidden)),
  hidden,
});

/** Bytes that several workers read without a copy of their own. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

/** Embeds texts in a thread of its own; the same numbers as `openEmbedding` gives. */
export async function startEmbedding(
  given: EmbeddingWorker,
  { startWorker }: Pick<TrainingTools, 'startWorker'>,
): Promise<Embedding> {
  const worker = await startWorker(import.meta.url, given);
  return {
    embed: async (texts) => (await worker.ask(texts)) as DenseMatrix,
    close: () => worker.close(),
  };
}

/** In the worker. */
export const serve: ServeWorker = async (given, tools) => {
  const { onnx, hidden } = given as EmbeddingWorker;
  const embedding = await openEncoded(onnx.slice(), hidden, tools);
  return {
    ask: (texts) => embedding.embed(texts as number[][]),
    close: () => embedding.close(),
  };
};
