import type { Position, StoredRecord } from '../../kernel/ports/log.ts';
import type { EventReader } from '../../schemas/catalogue.ts';
import type { Store } from '../session.ts';
import { type LookUp, lookedUp } from './look-up.ts';

/** Selects records. */
export interface Filter {
  type?: string;
  correlation?: string;
  /** aggregate id */
  subject?: string;
  /** written at this time or later, milliseconds since the epoch */
  since?: number;
  /** at most this many, the latest */
  limit: number;
}

type Source = Pick<Store, 'log' | 'events'> & {
  /** without one, the log is scanned */
  lookUp: LookUp | undefined;
};

/** Partitions are read backwards in windows of at least this many offsets. */
const MIN_WINDOW = 1_000;

const MAX_SKEW_MS = 3_600_000;

export function matches(record: StoredRecord, { type, correlation, subject, since }: Filter): boolean {
  const { headers, key } = record;
  return (
    (type === undefined || headers.ce_type === type) &&
    (correlation === undefined || headers.ce_correlationid === correlation) &&
    (subject === undefined || key === subject) &&
    (since === undefined || timeOf(record) >= since)
  );
}

/** The latest matching records before the end offsets, oldest first. */
export async function latest(
  source: Source,
  ends: readonly Position[],
  filter: Filter,
): Promise<StoredRecord[]> {
  const found: StoredRecord[] = [];
  for (const end of ends) found.push(...(await latestOf(source, end, filter)));
  return found.sort((a, b) => timeOf(a) - timeOf(b)).slice(-filter.limit);
}

async function latestOf(source: Source, end: Position, filter: Filter): Promise<StoredRecord[]> {
  const { correlation, type } = filter;
  const { log, lookUp } = source;
  if (lookUp && correlation !== undefined)
    return indexed(lookedUp(log, lookUp, end, 'ce_correlationid', correlation), filter);
  if (lookUp && type !== undefined) return indexed(lookedUp(log, lookUp, end, 'ce_type', type), filter);
  return scanned(source.events, end, filter);
}

async function indexed(latestFirst: AsyncIterable<StoredRecord>, filter: Filter): Promise<StoredRecord[]> {
  const found: StoredRecord[] = [];
  for await (const record of latestFirst) {
    if (matches(record, filter)) found.push(record);
    if (found.length === filter.limit) break;
  }
  return found.reverse();
}

async function scanned(
  reader: Pick<EventReader, 'range'>,
  end: Position,
  filter: Filter,
): Promise<StoredRecord[]> {
  let found: StoredRecord[] = [];
  for (let to = end.offset; to > 0 && found.length < filter.limit; ) {
    const from = Math.max(0, to - Math.max(filter.limit, MIN_WINDOW));
    const window: StoredRecord[] = [];
    let first: number | undefined;
    for await (const record of reader.range({ ...end, offset: from }, to)) {
      first ??= record.timestamp;
      if (matches(record, filter)) window.push(record);
    }
    found = window.concat(found);
    to = isBefore(first, filter) ? 0 : from;
  }
  return found.slice(-filter.limit);
}

/** Whether all before a time of the log was written before what is looked for: the clocks of writers differ by less. */
const isBefore = (first: number | undefined, { since }: Filter): boolean =>
  first !== undefined && since !== undefined && first < since - MAX_SKEW_MS;

/** The time of the event; without a `ce_time` header, the timestamp of the record. */
export const timeOf = ({ headers, timestamp }: StoredRecord): number =>
  Date.parse(headers.ce_time ?? '') || timestamp;
