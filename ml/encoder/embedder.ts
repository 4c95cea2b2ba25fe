import { createHash } from 'node:crypto';
import type { TrainingTools } from '../engines/engine.ts';
import { sha256 } from '../hash.ts';
import type { DenseMatrix } from '../matrix.ts';
import { type Precision, withPrecision } from '../onnx/precision.ts';
import { embeddingWorker, startEmbedding } from './embedding-worker.ts';
import type { Encoder } from './encoder.ts';
import { type Embedding, openEmbedding } from './text-embeddings.ts';

/** Another one where the same weights and text would give another embedding. */
const VERSION = 1;
const DIGEST_BYTES = 32;
/** Texts whose embeddings are kept together: all that a process that is killed has to compute again. */
const BLOCK = 256;
/** Each holds the weights. */
const MAX_WORKERS = 8;
/** Texts below which it is not started: it takes a second to. */
const LEAST_OF_A_WORKER = 64;

/** Told before the first text, and then of each block. */
export type OnEmbedded = (done: number, total: number) => void;

/**
 * Embeds texts, each of them once: what an embedding depends on is the text, the encoder and how many tokens count, so it is
 * kept under a digest of those. Each text is run alone, so its embedding does not depend on its company.
 */
export class Embedder {
  readonly #encoder: Encoder;
  readonly #maxTokens: number;
  readonly #precision: Precision;
  readonly #tools: TrainingTools;
  readonly #key: string;
  readonly #known = new Map<string, Float32Array>();
  #isLoaded = false;

  /** @param precision of the weights that embed */
  constructor(encoder: Encoder, maxTokens: number, tools: TrainingTools, precision: Precision = 'fp32') {
    this.#encoder = encoder;
    this.#precision = precision;
    this.#maxTokens = maxTokens;
    this.#tools = tools;
    const kind = precision === 'fp32' ? '' : ` ${precision}`;
    this.#key = sha256(new TextEncoder().encode(`${VERSION} ${encoder.digest} ${maxTokens}${kind}`));
  }

  /** One row for each text. An abort ends it between two texts, with its reason. */
  async embed(
    texts: readonly string[],
    { signal, onEmbedded }: { readonly signal?: AbortSignal; readonly onEmbedded?: OnEmbedded } = {},
  ): Promise<DenseMatrix> {
    await this.#load();
    const digests = texts.map(digestOf);
    const missing = new Map(digests.map((digest, at) => [digest, texts[at]!]));
    for (const digest of this.#known.keys()) missing.delete(digest);
    if (missing.size > 0) await this.#compute(missing, signal, onEmbedded);
    const { hidden: columns } = this.#encoder.config;
    const values = new Float32Array(texts.length * columns);
    for (const [row, digest] of digests.entries()) values.set(this.#known.get(digest)!, row * columns);
    return { rows: texts.length, columns, values };
  }

  async #load(): Promise<void> {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    for (const block of await this.#tools.cache.load(this.#key)) this.#add(block);
  }

  /** A block is records of the digest of a text and its embedding. */
  #add(block: Uint8Array): void {
    const size = DIGEST_BYTES + 4 * this.#encoder.config.hidden;
    for (let at = 0; at + size <= block.length; at += size) {
      const record = new Uint8Array(block.subarray(at, at + size)); // a copy, which begins at a multiple of 4
      const digest = Buffer.from(record.subarray(0, DIGEST_BYTES)).toString('hex');
      this.#known.set(digest, new Float32Array(record.buffer, DIGEST_BYTES));
    }
  }

  async #compute(
    texts: ReadonlyMap<string, string>,
    signal: AbortSignal | undefined,
    onEmbedded: OnEmbedded | undefined,
  ): Promise<void> {
    const embeddings = await this.#open(texts.size);
    try {
      const entries = [...texts];
      for (let start = 0; start < entries.length; start += BLOCK) {
        onEmbedded?.(start, entries.length);
        const own = entries.slice(start, start + BLOCK);
        const tokens = own.map(([, text]) => this.#encoder.tokenizer.encode(text, this.#maxTokens));
        const values = await inTurn(tokens, embeddings, (text, embedding) => {
          signal?.throwIfAborted();
          return embedding.embed([text]);
        });
        const records = own.flatMap(([digest], at) => [
          Buffer.from(digest, 'hex'),
          new Uint8Array(Float32Array.from(values[at]!.values).buffer),
        ]);
        const block = new Uint8Array(Buffer.concat(records));
        this.#add(block);
        await this.#tools.cache.add(this.#key, block);
      }
      onEmbedded?.(entries.length, entries.length);
    } finally {
      await Promise.all(embeddings.map((embedding) => embedding.close()));
    }
  }

  /** One for each core, since a text alone keeps one core busy; a few texts are not worth the start. */
  async #open(texts: number): Promise<readonly Embedding[]> {
    const graph = withPrecision(this.#encoder.graph, this.#precision);
    const { hidden } = this.#encoder.config;
    const workers = Math.min(this.#tools.cores, MAX_WORKERS, Math.floor(texts / LEAST_OF_A_WORKER));
    if (workers <= 1) return [await openEmbedding(graph, hidden, this.#tools)];
    const given = embeddingWorker(graph, hidden);
    return Promise.all(Array.from({ length: workers }, () => startEmbedding(given, this.#tools)));
  }
}

/** What comes of each value, in their order: an idle worker takes the next one. */
async function inTurn<Value, Worker, Result>(
  values: readonly Value[],
  workers: readonly Worker[],
  work: (value: Value, worker: Worker) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = values.entries();
  await Promise.all(
    workers.map(async (worker) => {
      for (const [at, value] of queue) results[at] = await work(value, worker);
    }),
  );
  return results;
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
