import { setImmediate as yieldToEventLoop } from 'node:timers/promises';

/** What is sorted by a key: texts, in the order of their UTF-16 code units. */
export interface Entry<Value> {
  readonly key: string;
  readonly value: Value;
}

export type Entries<Value> = AsyncIterable<readonly Entry<Value>[]>;

const CHUNK_ENTRIES = 500;

/**
 * Merges sources that are sorted by key; of equal keys those of the earlier source come first. It holds a chunk of each
 * source, and yields to the event loop between two of its own.
 */
export async function* merged<Value>(
  sources: readonly Entries<Value>[],
  chunkEntries = CHUNK_ENTRIES,
): AsyncGenerator<readonly Entry<Value>[], void, undefined> {
  const cursors = sources.map((source) => new Cursor(source));
  for (const cursor of cursors) await cursor.next();
  let chunk: Entry<Value>[] = [];
  for (let least = leastOf(cursors); least; least = leastOf(cursors)) {
    chunk.push(least.current!);
    if (chunk.length === chunkEntries) {
      yield chunk;
      chunk = [];
      await yieldToEventLoop();
    }
    if (!least.advance()) await least.next();
  }
  if (chunk.length > 0) yield chunk;
}

function leastOf<Value>(cursors: readonly Cursor<Value>[]): Cursor<Value> | undefined {
  let least: Cursor<Value> | undefined;
  let key = '';
  for (const cursor of cursors) {
    const { current } = cursor;
    if (!current || (least && current.key >= key)) continue;
    least = cursor;
    key = current.key;
  }
  return least;
}

/** A place in chunks. */
class Cursor<Value> {
  readonly #chunks: AsyncIterator<readonly Entry<Value>[]>;
  #chunk: readonly Entry<Value>[] = [];
  #at = 0;
  current: Entry<Value> | undefined;

  constructor(chunks: Entries<Value>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Goes on in the chunk. False at its end: then `next` must be awaited. */
  advance(): boolean {
    this.current = this.#chunk[++this.#at];
    return this.current !== undefined;
  }

  /** Goes on to the next chunk, if there is one. */
  async next(): Promise<void> {
    this.#at = 0;
    for (this.#chunk = []; this.#chunk.length === 0; ) {
      const { done, value } = await this.#chunks.next();
      if (done) break;
      this.#chunk = value;
    }
    this.current = this.#chunk[0];
  }
}

/** All values of a key. */
export interface Group<Value> {
  readonly key: string;
  readonly values: readonly Value[];
}

/** All values of each key, some keys at a time, of what is sorted by key. Beside a chunk it holds those of one key. */
export async function* byKey<Value>(
  entries: Entries<Value>,
): AsyncGenerator<readonly Group<Value>[], void, undefined> {
  let last: { readonly key: string; readonly values: Value[] } | undefined;
  for await (const chunk of entries) {
    const whole: Group<Value>[] = [];
    for (const { key, value } of chunk) {
      if (last?.key === key) last.values.push(value);
      else {
        if (last) whole.push(last);
        last = { key, values: [value] };
      }
    }
    yield whole;
  }
  if (last) yield [last];
}
