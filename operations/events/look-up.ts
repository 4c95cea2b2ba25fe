import type { EventLog, IndexedHeader, Position, StoredRecord } from '../../kernel/ports/log.ts';
import { readPartition } from '../../kernel/reader.ts';

/** As `EventLog.lookUp`: offsets of records by a header, the latest first. */
export type LookUp = NonNullable<EventLog['lookUp']>;

/** Entries of the index that are looked up at once. */
const PAGE = 200;
/** Records that are this close are read at once, with those between them. */
const MAX_GAP = 50;

/** The records of a partition in which a header has this value, the latest first, by an index. */
export async function* lookedUp(
  log: EventLog,
  lookUp: LookUp,
  end: Position,
  header: IndexedHeader,
  value: string,
): AsyncIterable<StoredRecord> {
  for (let before = end.offset; before > 0; ) {
    const offsets = await lookUp({ ...end, offset: before }, header, value, PAGE);
    for (const run of runsOf(offsets)) {
      const read = await Array.fromAsync(readPartition(log, { ...end, offset: run.at(-1)! }, run[0]! + 1));
      yield* read.filter(({ headers }) => headers[header] === value).reverse();
    }
    before = offsets.length < PAGE ? 0 : offsets.at(-1)!;
  }
}

/** Falling offsets, split where the gaps are large. */
export function runsOf(offsets: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const offset of offsets) {
    const run = runs.at(-1);
    if (run && run.at(-1)! - offset <= MAX_GAP) run.push(offset);
    else runs.push([offset]);
  }
  return runs;
}
