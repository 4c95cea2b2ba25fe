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
): AsyncGenerator<readonly Entry<Value>[], void, undefined> {
  const cursors = sources.map((source) => new Cursor(source));
  for (const cursor of cursors) await cursor.next();
  let chunk: Entry<Value>[] = [];
  for (let least = leastOf(cursors); least; least = leastOf(cursors)) {
    chunk.push(least.current!);
    if (chunk.length === CHUNK_ENTRIES) {
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

/** All values of each key, of what is sorted by key. It holds those of one key. */
export async function* byKey<Value>(
  entries: Entries<Value>,
): AsyncGenerator<{ readonly key: string; readonly values: readonly Value[] }, void, undefined> {
  let key: string | undefined;
  let values: Value[] = [];
  for await (const chunk of entries) {
    for (const entry of chunk) {
      if (entry.key !== key) {
        if (key !== undefined) yield { key, values };
        key = entry.key;
        values = [];
      }
      values.push(entry.value);
    }
  }
  if (key !== undefined) yield { key, values };
}
