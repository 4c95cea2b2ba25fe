import { hash } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemError } from '../../infra/disk.ts';

const HASH_BYTES = 16;
const NUMBER_BYTES = 8;
const BUCKETS = 256;
/** Entries of a bucket that are written at once. */
const CHUNK_ENTRIES = 512;
/** Keys that are in memory at once, when their entries are folded. */
const MAX_KEYS = 1 << 17;

interface Bucket {
  entries: number;
  /** the last entries, not yet on the disk */
  chunk: Buffer | undefined;
  /** of the full ones: their places in the file */
  chunks: number[];
}

/**
 * Entries that are added in the order of the log and folded by key, in bounded memory however many there are: a few
 * megabytes until they are folded, some tens then. Entries are split by the SHA-256 of their key into buckets of a
 * temporary file, which is deleted by the operating system whatever becomes of the process.
 */
export class Tally implements Disposable {
  readonly #folder: string;
  readonly #width: number;
  readonly #maxKeys: number;
  readonly #buckets: readonly Bucket[];
  #file: number | undefined;
  #chunks = 0;

  /**
   * @param folder where the file is created, when the entries are many
   * @param width numbers of an entry
   */
  constructor(folder: string, width: number, maxKeys = MAX_KEYS) {
    this.#folder = folder;
    this.#width = width;
    this.#maxKeys = maxKeys;
    this.#buckets = Array.from({ length: BUCKETS }, () => ({ entries: 0, chunk: undefined, chunks: [] }));
  }

  get #entryBytes(): number {
    return HASH_BYTES + this.#width * NUMBER_BYTES;
  }

  /** DISK_FULL when there is no space for the temporary file. */
  add(key: string, ...numbers: readonly number[]): void {
    const digest = hash('sha256', key, 'buffer');
    const bucket = this.#buckets[digest[0]!]!;
    bucket.chunk ??= Buffer.allocUnsafe(CHUNK_ENTRIES * this.#entryBytes);
    const at = (bucket.entries % CHUNK_ENTRIES) * this.#entryBytes;
    digest.copy(bucket.chunk, at, 0, HASH_BYTES);
    for (let i = 0; i < this.#width; i++)
      bucket.chunk.writeDoubleLE(numbers[i]!, at + HASH_BYTES + i * NUMBER_BYTES);
    bucket.entries += 1;
    if (bucket.entries % CHUNK_ENTRIES === 0) this.#write(bucket, bucket.chunk);
  }

  /**
   * Calls `step` with every entry, those of a key in the order in which they were added; what it returns is its state at the
   * next entry of that key.
   */
  fold<State>(step: (state: State | undefined, numbers: readonly number[]) => State): void {
    for (const bucket of this.#buckets) {
      const passes = Math.ceil(bucket.entries / this.#maxKeys);
      for (let pass = 0; pass < passes; pass++) {
        const states = new Map<string, State>();
        for (const { key, numbers } of this.#entriesOf(bucket, pass, passes))
          states.set(key, step(states.get(key), numbers));
      }
    }
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** The entries of a bucket that are of this pass: what is too much for the memory is read several times. */
  *#entriesOf(
    bucket: Bucket,
    pass: number,
    passes: number,
  ): Iterable<{ key: string; numbers: readonly number[] }> {
    for (const { chunk, entries } of this.#chunksOf(bucket)) {
      for (let at = 0; at < entries * this.#entryBytes; at += this.#entryBytes) {
        if (chunk.readUInt32LE(at + 1) % passes !== pass) continue;
        const numbers = Array.from({ length: this.#width }, (_, i) =>
          chunk.readDoubleLE(at + HASH_BYTES + i * NUMBER_BYTES),
        );
        yield { key: chunk.toString('latin1', at, at + HASH_BYTES), numbers };
      }
    }
  }

  *#chunksOf({ entries, chunk, chunks }: Bucket): Iterable<{ chunk: Buffer; entries: number }> {
    const buffer = Buffer.allocUnsafe(CHUNK_ENTRIES * this.#entryBytes);
    for (const place of chunks) {
      readSync(this.#file!, buffer, 0, buffer.length, place * buffer.length);
      yield { chunk: buffer, entries: CHUNK_ENTRIES };
    }
    if (chunk) yield { chunk, entries: entries % CHUNK_ENTRIES };
  }

  #write({ chunks }: Bucket, chunk: Buffer): void {
    try {
      this.#file ??= this.#open();
      if (writeSync(this.#file, chunk, 0, chunk.length, this.#chunks * chunk.length) < chunk.length)
        throw Object.assign(new Error('a write was cut short'), { code: 'ENOSPC' });
    } catch (error) {
      throw systemError(error, this.#folder);
    }
    chunks.push(this.#chunks++);
  }

  #open(): number {
    const path = join(this.#folder, `verify-${process.pid}-${performance.now()}`);
    const file = openSync(path, 'wx+', 0o600);
    rmSync(path); // open, it stays readable, and is gone when the process ends
    return file;
  }
}
