import type { Position, StoredRecord } from '../../kernel/ports/log.ts';
import type { EventReader } from '../../kernel/reader.ts';

/** Which records are asked for. */
export interface Wanted {
  type?: string;
  correlation?: string;
  /** no more than the last so many */
  limit: number;
}

/** Partitions are read backwards in windows of at least so many offsets. */
const MIN_WINDOW = 1_000;

export const wanted = (headers: StoredRecord['headers'], { type, correlation }: Wanted): boolean =>
  (type === undefined || headers.ce_type === type) &&
  (correlation === undefined || headers.ce_correlationid === correlation);

/** The last records of several partitions that are wanted, oldest first. `ends` says where each partition ends. */
export async function latest(
  reader: Pick<EventReader, 'range'>,
  ends: readonly Position[],
  what: Wanted,
): Promise<StoredRecord[]> {
  const found: StoredRecord[] = [];
  for (const end of ends) found.push(...(await latestOf(reader, end, what)));
  return found.sort((a, b) => timeOf(a) - timeOf(b)).slice(-what.limit);
}

async function latestOf(
  reader: Pick<EventReader, 'range'>,
  end: Position,
  what: Wanted,
): Promise<StoredRecord[]> {
  let found: StoredRecord[] = [];
  for (let to = end.offset; to > 0 && found.length < what.limit; ) {
    const from = Math.max(0, to - Math.max(what.limit, MIN_WINDOW));
    const window: StoredRecord[] = [];
    for await (const record of reader.range({ ...end, offset: from }, to))
      if (wanted(record.headers, what)) window.push(record);
    found = window.concat(found);
    to = from;
  }
  return found.slice(-what.limit);
}

/** Of its event; of a record that does not say, when the log took it. */
export const timeOf = ({ headers, timestamp }: StoredRecord): number =>
  Date.parse(headers.ce_time ?? '') || timestamp;
