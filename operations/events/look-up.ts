import type { EventLog, IndexedHeader, Position, StoredRecord } from '../../kernel/ports/log.ts';

/** Entries of the index that are looked up at once. */
const PAGE = 200;

/** The records of a partition in which a header has this value, the latest first, by the index of the log. */
export async function* lookedUp(
  log: EventLog,
  end: Position,
  header: IndexedHeader,
  value: string,
): AsyncIterable<StoredRecord> {
  for (let before = end.offset; before > 0; ) {
    const offsets = (await log.lookUp?.({ ...end, offset: before }, header, value, PAGE)) ?? [];
    for (const offset of offsets) yield* await log.read({ ...end, offset }, 1);
    before = offsets.length < PAGE ? 0 : offsets.at(-1)!;
  }
}
