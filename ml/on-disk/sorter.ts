import { deserialize, serialize } from 'node:v8';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type Entry, merged } from './merge.ts';
import { appended, type Place, type Spill } from './spill.ts';

/** UTF-16 units, about, that entries hold before they are sorted and written: what holds less is never written. */
const RUN_LENGTH = 1 << 22;
/** The same of entries that are numbers of rows: of these there is often more than one sorter. */
export const INDEX_RUN_LENGTH = 1 << 20;
const BLOCK_LENGTH = 1 << 16;
/** what an entry takes beside its texts, in the same units */
const ENTRY_LENGTH = 48;
/** So many runs of one size are merged to one: a block of each run is in memory while they are read. */
const FAN_IN = 16;
const CHUNK_ENTRIES = 500;
/** of what is packed and unpacked: most blocks are one or two; Node's own, of 16 KB, take half as long again */
const CHUNK_BYTES = 1 << 16;
const FAST = { chunkSize: CHUNK_BYTES, params: { [constants.ZSTD_c_compressionLevel]: 1 } };

interface Run {
  /** how often its entries were merged */
  readonly level: number;
  readonly blocks: readonly Place[];
}

/**
 * Sorts entries by key, equal keys in the order in which they were added, in bounded memory: an external merge sort (Knuth
 * 1998, 5.4.1). Beside a run of entries it holds where blocks of others lie in the spill, and while it is read a block of each
 * run. Keys are compared by their UTF-16 code units, as texts are.
 */
export class Sorter<Value> {
  readonly #spill: Spill;
  readonly #runLength: number;
  readonly #runs: Run[] = [];
  #newest: Entry<Value>[] = [];
  #length = 0;

  /** @param runLength UTF-16 units of entries that are in memory at most */
  constructor(spill: Spill, runLength = RUN_LENGTH) {
    this.#spill = spill;
    this.#runLength = runLength;
  }

  /**
   * @param value structured-cloneable
   * @param length of the value, in UTF-16 units, about
   */
  async add(key: string, value: Value, length = 0): Promise<void> {
    this.#newest.push({ key, value });
    this.#length += ENTRY_LENGTH + key.length + length;
    if (this.#length >= this.#runLength) await this.#write(length);
  }

  /** Nothing is added afterwards: where some of it was written, all is, and what is read several times takes no memory between. */
  async end(): Promise<void> {
    if (this.#runs.length > 0 && this.#newest.length > 0) await this.#write(0);
  }

  /** All entries so far. It may be read several times. */
  sorted(): AsyncGenerator<readonly Entry<Value>[], void, undefined> {
    const newest = this.#newest.toSorted(compare);
    return merged([...this.#runs.map((run) => this.#read(run)), chunksOf(newest)]);
  }

  async #write(lastLength: number): Promise<void> {
    const entries = this.#newest.sort(compare);
    const perBlock = Math.max(1, Math.floor((entries.length * BLOCK_LENGTH) / (this.#length + lastLength)));
    this.#newest = [];
    this.#length = 0;
    const blocks: Place[] = [];
    for (let start = 0; start < entries.length; start += perBlock)
      blocks.push(await this.#append(entries.slice(start, start + perBlock)));
    this.#runs.push({ level: 0, blocks });
    await this.#mergeRuns(perBlock);
  }

  /** Of each level there are less than FAN_IN runs; those that are merged follow one another, so that equal keys stay in order. */
  async #mergeRuns(perBlock: number): Promise<void> {
    for (;;) {
      const last = this.#runs.slice(-FAN_IN);
      const level = last[0]!.level;
      if (last.length < FAN_IN || last.some((run) => run.level !== level)) return;
      const blocks: Place[] = [];
      let block: Entry<Value>[] = [];
      for await (const chunk of merged(last.map((run) => this.#read(run)))) {
        block.push(...chunk);
        if (block.length < perBlock) continue;
        blocks.push(await this.#append(block));
        block = [];
      }
      if (block.length > 0) blocks.push(await this.#append(block));
      this.#runs.splice(-FAN_IN, FAN_IN, { level: level + 1, blocks });
    }
  }

  #append(entries: readonly Entry<Value>[]): Promise<Place> {
    const keys = entries.map(({ key }) => key);
    const values = entries.map(({ value }) => value);
    return appended(this.#spill, packed({ keys, values }));
  }

  async *#read({ blocks }: Run): AsyncGenerator<readonly Entry<Value>[], void, undefined> {
    for (const { offset, length } of blocks) {
      const { keys, values }: { keys: string[]; values: Value[] } = unpacked(
        await this.#spill.read(offset, length),
      );
      yield keys.map((key, at) => ({ key, value: values[at]! }));
    }
  }
}

/** A structured-cloneable value as a few bytes, which the same version of Node reads. */
export const packed = (value: unknown): Uint8Array => zstdCompressSync(serialize(value), FAST);
export const unpacked = <Value>(bytes: Uint8Array): Value =>
  deserialize(zstdDecompressSync(bytes, { chunkSize: CHUNK_BYTES }));

const compare = ({ key: a }: Entry<unknown>, { key: b }: Entry<unknown>): number =>
  a < b ? -1 : a > b ? 1 : 0;

async function* chunksOf<Value>(entries: readonly Entry<Value>[]) {
  for (let start = 0; start < entries.length; start += CHUNK_ENTRIES)
    yield entries.slice(start, start + CHUNK_ENTRIES);
}
