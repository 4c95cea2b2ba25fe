import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { ReadRow } from './facts.ts';
import { type Spilled, SpillFile } from './spill-file.ts';

/** UTF-16 units that rows hold before they are put in order and compressed: a file with less is never written anywhere. */
const RUN_LENGTH = 1 << 23;
const BLOCK_LENGTH = 1 << 18;
const FAST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** A row, and what it is ordered by: its time in milliseconds since the epoch, then its line. */
interface Placed {
  readonly at: number;
  readonly row: ReadRow;
}

/** Rows that follow one another in a run, compressed and put away. */
interface Block {
  /** of the first row */
  readonly at: number;
  readonly line: number;
  /** of the last row */
  readonly lastAt: number;
  readonly bytes: Spilled;
}

/**
 * Rows in the order of their times, ties by line: an external merge sort whose runs are compressed, in a temporary file.
 * In memory it holds one run, and while it is read a block of each.
 */
export class SortedRows implements Disposable {
  readonly #runLength: number;
  readonly #file: SpillFile;
  readonly #runs: (readonly Block[])[] = [];
  #newest: Placed[] = [];
  #length = 0;

  constructor(runLength = RUN_LENGTH, file = new SpillFile()) {
    this.#runLength = runLength;
    this.#file = file;
  }

  /** @param at milliseconds since the epoch @param length UTF-16 units of the row, about */
  async add(at: number, row: ReadRow, length: number): Promise<void> {
    this.#newest.push({ at, row });
    this.#length += length;
    if (this.#length >= this.#runLength) await this.#compress();
  }

  /** The rows whose time is `first` or later and before `end`. */
  async *between(first: number, end: number): AsyncGenerator<ReadRow, void, undefined> {
    const newest = this.#newest.filter(({ at }) => at >= first && at < end).sort(compare);
    const cursors = this.#runs.map(
      (blocks) =>
        new Cursor(
          blocks.filter(({ lastAt }) => lastAt >= first),
          first,
          this.#file,
        ),
    );
    for (let i = 0; ; ) {
      let least: Cursor | undefined;
      for (const cursor of cursors) if (cursor.isBefore(least)) least = cursor;
      const own = newest[i];
      if (own && (!least || least.isAfter(own))) {
        i += 1;
        yield own.row;
      } else if (least && least.at < end) yield await least.take();
      else return;
    }
  }

  async #compress(): Promise<void> {
    const placed = this.#newest.sort(compare);
    this.#newest = [];
    this.#length = 0;
    const blocks: Block[] = [];
    let lines: string[] = [];
    let length = 0;
    let start = 0;
    for (const [i, one] of placed.entries()) {
      const line = JSON.stringify(one);
      lines.push(line);
      length += line.length;
      if (length < BLOCK_LENGTH && i < placed.length - 1) continue;
      const { at, row } = placed[start]!;
      blocks.push({
        at,
        line: row.line,
        lastAt: one.at,
        bytes: this.#file.put(zstdCompressSync(`[${lines.join(',')}]`, FAST)),
      });
      lines = [];
      length = 0;
      start = i + 1;
      await yieldToEventLoop();
    }
    this.#runs.push(blocks);
  }

  /** Nothing can be read any more. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}

const compare = (a: Placed, b: Placed): number =>
  a.at < b.at ? -1 : a.at > b.at ? 1 : a.row.line - b.row.line;

/** A place in a run. Of a block that it has not come to, it knows the first row's place alone. */
class Cursor {
  readonly #blocks: Block[];
  readonly #first: number;
  readonly #file: SpillFile;
  #rows: Placed[] = [];

  constructor(blocks: Block[], first: number, file: SpillFile) {
    this.#blocks = blocks.toReversed();
    this.#first = first;
    this.#file = file;
    if (blocks[0] && blocks[0].at < first) this.#open();
  }

  get at(): number {
    return this.#rows.at(-1)?.at ?? this.#blocks.at(-1)?.at ?? Number.POSITIVE_INFINITY;
  }

  get #line(): number {
    return this.#rows.at(-1)?.row.line ?? this.#blocks.at(-1)?.line ?? Number.POSITIVE_INFINITY;
  }

  isBefore(other: Cursor | undefined): boolean {
    if (this.#rows.length === 0 && this.#blocks.length === 0) return false;
    return !other || this.at < other.at || (this.at === other.at && this.#line < other.#line);
  }

  isAfter({ at, row }: Placed): boolean {
    return this.at > at || (this.at === at && this.#line > row.line);
  }

  async take(): Promise<ReadRow> {
    if (this.#rows.length === 0) {
      await yieldToEventLoop();
      this.#open();
    }
    return this.#rows.pop()!.row;
  }

  #open(): void {
    const block = this.#blocks.pop()!;
    const rows: Stored[] = JSON.parse(String(zstdDecompressSync(this.#file.read(block.bytes))));
    this.#rows = rows
      .map(({ at, row }) => ({ at: at ?? Number.NEGATIVE_INFINITY, row }))
      .filter(({ at }) => at >= this.#first)
      .reverse();
  }
}

/** JSON has no infinity: the time of a row without one is null there. */
type Stored = Omit<Placed, 'at'> & { readonly at: number | null };
