import type { StoredRecord } from '../ports/log.ts';

/** Merges partitions by the log's timestamps. */
export async function* merge(sources: AsyncIterable<StoredRecord>[]): AsyncIterable<StoredRecord> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
  for (;;) {
    let first = -1;
    for (let i = 0; i < heads.length; i++) {
      const head = heads[i]!;
      if (!head.done && (first < 0 || head.value.timestamp < (heads[first]!.value as StoredRecord).timestamp))
        first = i;
    }
    if (first < 0) return;
    yield heads[first]!.value as StoredRecord;
    heads[first] = await iterators[first]!.next();
  }
}
