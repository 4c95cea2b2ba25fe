import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { DatasetSample, Split } from '../../ml/dataset/format.ts';
import { DatasetReader } from '../../ml/dataset/read.ts';
import { relabelled } from './labels.ts';
import type { Assignment } from './split.ts';

/** A sample of a task that may be learnt from, in no split yet. */
export type Sample = Omit<DatasetSample, 'split'>;
/** What splits are assigned by. */
export type SampleKey = Pick<Sample, 'id' | 'target' | 'group' | 'time'>;

/** So many samples are in memory at most; others are compressed. */
const MAX_SAMPLES = 8_000;
const CHUNK_SAMPLES = 100;
/** Of each run of compressed samples so many are unpacked while all runs are merged: there are 125 runs in a million samples. */
const BLOCK_SAMPLES = 200;
/** Different targets, times and groups that are kept once each: most tables have few, and a decoded event has its own copies. */
const MAX_INTERNED = 1 << 16;

type Chunks = AsyncIterable<readonly Sample[]>;

/**
 * The samples of a task that may be learnt from: of each record the newest. Of all it keeps what splits are assigned by;
 * their instances stay where they are: in the dataset that is extended, or compressed.
 */
export class Corpus {
  readonly #keys = new Map<string, SampleKey>();
  /** sorted by id, the older first; a sample may be in several, or be withdrawn */
  readonly #sources: (() => Chunks)[] = [];
  /** labels of people, and corrected ones */
  readonly #labels = new Map<string, string | number>();
  readonly #maxSamples: number;
  readonly #interned = new Interned();
  #newest = new Map<string, Sample>();
  #isCorrected = false;

  constructor(maxSamples = MAX_SAMPLES) {
    this.#maxSamples = maxSamples;
  }

  /** Begins with the samples of a dataset; returns their splits. */
  async extend(dataset: Uint8Array): Promise<Assignment> {
    const splits = new Map<string, Split>();
    for await (const heads of new DatasetReader(dataset).heads()) {
      for (const { id, split, target, group, time } of heads) {
        splits.set(id, split);
        this.#keys.set(id, this.#keyOf({ id, target, group, time }));
      }
    }
    this.#sources.push(() => new DatasetReader(dataset).samples());
    return splits;
  }

  /** A record was accepted, for the first time or with other content. */
  async accept(sample: Sample): Promise<void> {
    const { id, target, group, time } = sample;
    this.#isCorrected ||= this.#keys.has(id);
    this.#keys.set(id, this.#keyOf({ id, target, group, time }));
    this.#newest.set(id, sample);
    if (this.#newest.size >= this.#maxSamples) await this.#compress();
  }

  /** Whether a sample came again with other content. */
  get isCorrected(): boolean {
    return this.#isCorrected;
  }

  has(id: string): boolean {
    return this.#keys.has(id);
  }

  /** A sample has another label than its source says. */
  relabel(id: string, label: string | number): void {
    const key = this.#keys.get(id);
    if (!key) return;
    this.#keys.set(id, { ...key, target: label });
    this.#labels.set(id, label);
  }

  withdraw(id: string): void {
    this.#keys.delete(id);
    this.#newest.delete(id);
  }

  #keyOf({ id, target, group, time }: SampleKey): SampleKey {
    const interned = this.#interned;
    return { id, target: interned.of(target), group: interned.of(group), time: interned.of(time) };
  }

  keys(): SampleKey[] {
    return [...this.#keys.values()];
  }

  /** All samples, each in its split, sorted by id. */
  async *samples(splits: Assignment): AsyncGenerator<DatasetSample[], void, undefined> {
    const newest = sorted(this.#newest);
    const sources = [...this.#sources, () => chunksOf(newest)];
    for await (const chunk of merged(sources.map((open) => open()))) {
      const placed: DatasetSample[] = [];
      for (const sample of chunk) {
        const split = splits.get(sample.id);
        if (split) placed.push({ ...relabelled(sample, this.#labels.get(sample.id)), split }); // else it was withdrawn
      }
      yield placed;
    }
  }

  async #compress(): Promise<void> {
    const samples = sorted(this.#newest);
    this.#newest = new Map();
    const blocks: Uint8Array[] = [];
    for await (const block of chunksOf(samples, BLOCK_SAMPLES))
      blocks.push(new Uint8Array(zstdCompressSync(JSON.stringify(block)))); // without the buffer that it is a part of
    this.#sources.push(() => unpacked(blocks));
  }
}

const sorted = (samples: ReadonlyMap<string, Sample>): Sample[] =>
  [...samples.values()].sort((a, b) => (a.id < b.id ? -1 : 1));

async function* chunksOf(samples: readonly Sample[], size = CHUNK_SAMPLES): Chunks {
  for (let start = 0; start < samples.length; start += size) {
    yield samples.slice(start, start + size);
    await yieldToEventLoop();
  }
}

/** A stream of each run would have a decompressor of its own, with its window. */
async function* unpacked(blocks: readonly Uint8Array[]): Chunks {
  for (const block of blocks) {
    yield JSON.parse(String(zstdDecompressSync(block)));
    await yieldToEventLoop();
  }
}

/** One copy of equal texts. */
class Interned {
  readonly #known = new Map<unknown, unknown>();

  of<T extends string | number | null>(value: T): T {
    if (typeof value !== 'string') return value;
    const known = this.#known.get(value);
    if (known !== undefined) return known as T;
    if (this.#known.size < MAX_INTERNED) this.#known.set(value, value);
    return value;
  }
}

/** Merges what is sorted by id; of one id the last source counts. */
async function* merged(sources: readonly Chunks[]): Chunks {
  const cursors = sources.map((source) => new Cursor(source));
  for (const cursor of cursors) await cursor.next();
  let chunk: Sample[] = [];
  for (let next = leastOf(cursors); next; next = leastOf(cursors)) {
    chunk.push(next);
    if (chunk.length === CHUNK_SAMPLES) {
      yield chunk;
      chunk = [];
    }
    for (const cursor of cursors) {
      if (cursor.current?.id === next.id && !cursor.advance()) await cursor.next();
    }
  }
  yield chunk;
}

/** The sample with the least id, of the last source that has it. */
function leastOf(cursors: readonly Cursor[]): Sample | undefined {
  let least: Sample | undefined;
  for (const { current } of cursors) if (current && (!least || current.id <= least.id)) least = current;
  return least;
}

/** A place in chunks. */
class Cursor {
  readonly #chunks: AsyncIterator<readonly Sample[]>;
  #chunk: readonly Sample[] = [];
  #at = 0;

  constructor(chunks: Chunks) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Undefined at the end of a chunk. */
  get current(): Sample | undefined {
    return this.#chunk[this.#at];
  }

  /** Goes on in the chunk. False at its end: then `next` must be awaited. */
  advance(): boolean {
    this.#at += 1;
    return this.current !== undefined;
  }

  /** Goes on to the next chunk, if there is one. */
  async next(): Promise<void> {
    this.#at = 0;
    for (this.#chunk = []; this.#chunk.length === 0; ) {
      const { done, value } = await this.#chunks.next();
      if (done) return;
      this.#chunk = value;
    }
  }
}
