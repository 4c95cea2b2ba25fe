import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { appended, type Place, type Spill } from './spill.ts';

const INITIAL = 1 << 8;
/** Numbers that are in memory before they are sorted and written. */
const RUN_NUMBERS = 1 << 14;
const BLOCK_NUMBERS = 1 << 9;
const CHUNK_NUMBERS = 1 << 12;
const BYTES = Float64Array.BYTES_PER_ELEMENT;

/** Numbers in ascending order, in bounded memory: an external merge sort whose runs are merged by a heap. */
export class SortedNumbers {
  readonly #spill: Spill;
  readonly #runNumbers: number;
  readonly #runs: Place[] = [];
  #full: Float64Array[] = [];
  #newest: Float64Array;
  #held = 0;
  #count = 0;

  /** @param runNumbers that are in memory at most */
  constructor(spill: Spill, runNumbers = RUN_NUMBERS) {
    this.#spill = spill;
    this.#runNumbers = runNumbers;
    this.#newest = new Float64Array(Math.min(INITIAL, runNumbers));
  }

  get count(): number {
    return this.#count;
  }

  /** After some thousand numbers at most, `spill` must be awaited. */
  add(value: number): void {
    if (this.#held === this.#newest.length) this.#makeRoom();
    this.#newest[this.#held++] = value;
    this.#count += 1;
  }

  #makeRoom(): void {
    if (this.#held < this.#runNumbers) {
      const larger = new Float64Array(Math.min(2 * this.#held, this.#runNumbers));
      larger.set(this.#newest);
      this.#newest = larger;
    } else {
      this.#full.push(this.#newest.sort());
      this.#newest = new Float64Array(this.#runNumbers);
      this.#held = 0;
    }
  }

  /** Writes what is full. */
  async spill(): Promise<void> {
    const full = this.#full;
    if (full.length === 0) return;
    this.#full = [];
    for (const { buffer } of full) this.#runs.push(await appended(this.#spill, new Uint8Array(buffer)));
  }

  /** All numbers so far, some at a time. It may be read several times. */
  async *ascending(): AsyncGenerator<Float64Array, void, undefined> {
    await this.spill();
    const newest = this.#newest.slice(0, this.#held).sort();
    if (this.#runs.length === 0) {
      yield newest;
      return;
    }
    const cursors = [new Cursor(newest), ...this.#runs.map((run) => new Cursor(undefined, this.#spill, run))];
    yield* mergedNumbers(cursors);
  }

  /** The numbers at some places in ascending order, from 0. */
  async at(places: readonly number[]): Promise<Map<number, number>> {
    const wanted = [...new Set(places)].sort((a, b) => a - b);
    const found = new Map<number, number>();
    let start = 0;
    let next = 0;
    for await (const chunk of this.ascending()) {
      for (; next < wanted.length && wanted[next]! < start + chunk.length; next++)
        found.set(wanted[next]!, chunk[wanted[next]! - start]!);
      if (next === wanted.length) break;
      start += chunk.length;
    }
    return found;
  }
}

async function* mergedNumbers(cursors: readonly Cursor[]): AsyncGenerator<Float64Array, void, undefined> {
  for (const cursor of cursors) await cursor.read();
  const heap = cursors.filter(({ isAtEnd }) => !isAtEnd).sort((a, b) => a.value - b.value);
  let chunk = new Float64Array(CHUNK_NUMBERS);
  let length = 0;
  while (heap.length > 0) {
    const least = heap[0]!;
    chunk[length++] = least.value;
    if (length === CHUNK_NUMBERS) {
      yield chunk;
      await yieldToEventLoop();
      chunk = new Float64Array(CHUNK_NUMBERS);
      length = 0;
    }
    if (!least.advance()) await least.read();
    if (least.isAtEnd) {
      const last = heap.pop()!;
      if (heap.length > 0) heap[0] = last;
    }
    sink(heap);
  }
  if (length > 0) yield chunk.subarray(0, length);
}

/** Moves the first of a heap down to its place. */
function sink(heap: Cursor[]): void {
  const moved = heap[0];
  if (!moved) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]!.value < heap[child]!.value) child += 1;
    if (!(heap[child]!.value < moved.value)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = moved;
}

/** A place in sorted numbers, of which a block is in memory. */
class Cursor {
  readonly #spill: Spill | undefined;
  #offset: number;
  readonly #end: number;
  #block: Float64Array;
  #at = -1;
  value = Number.NaN;
  isAtEnd = false;

  constructor(
    block = new Float64Array(0),
    spill?: Spill,
    { offset, length }: Place = { offset: 0, length: 0 },
  ) {
    this.#block = block;
    this.#spill = spill;
    this.#offset = offset;
    this.#end = offset + length;
  }

  /** False at the end of a block: then `read` must be awaited. */
  advance(): boolean {
    this.#at += 1;
    if (this.#at >= this.#block.length) return false;
    this.value = this.#block[this.#at]!;
    return true;
  }

  async read(): Promise<void> {
    if (this.#at < 0 && this.advance()) return;
    const length = Math.min(BLOCK_NUMBERS * BYTES, this.#end - this.#offset);
    this.isAtEnd = length === 0;
    if (this.isAtEnd || !this.#spill) return;
    const bytes = await this.#spill.read(this.#offset, length);
    this.#offset += length;
    this.#block = new Float64Array(bytes.buffer, bytes.byteOffset, length / BYTES);
    this.#at = -1;
    this.advance();
  }
}
