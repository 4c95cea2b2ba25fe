import type { LoggedEvent } from './event.ts';
import type { Warehouse } from './ports/warehouse.ts';
import { streamOfTopic } from './topics.ts';

/** A row of the table `events`. */
export const rowOf = (event: LoggedEvent) => ({
  topic: event.topic,
  partition: event.partition,
  offset: event.offset,
  id: event.id,
  type: event.type,
  stream: streamOfTopic(event.topic),
  subject: event.subject,
  source: event.source,
  time: event.time,
  sequence: event.sequence,
  correlation_id: event.correlationId,
  causation_id: event.causationId ?? '',
  data: JSON.stringify(event.data),
});

/** The table that the projections of a stream are views of: it holds nothing. */
export const streamTable = (stream: string): string => `stream_${stream}`;

/** Where events are inserted: the streams that projections follow, and the end of a lease (milliseconds) if there is one. */
export interface EventTables {
  readonly streams: ReadonlySet<string>;
  readonly leaseUntil?: number;
}

/**
 * Inserts events, each into the table of its stream, which feeds the projections that follow it, then all into `events`.
 * An insert costs some milliseconds for each view of its table, so one event does not pay for the views of other streams.
 * Not atomic: after an error, insert the same events with the same token.
 */
export async function insertEvents(
  warehouse: Warehouse,
  events: readonly LoggedEvent[],
  token: string,
  { streams, leaseUntil }: EventTables,
): Promise<void> {
  const rows = events.map((event) =>
    leaseUntil === undefined ? rowOf(event) : { ...rowOf(event), lease_until: leaseUntil },
  );
  for (const [stream, ofStream] of Map.groupBy(rows, ({ stream }) => stream))
    if (streams.has(stream)) await warehouse.insert(streamTable(stream), ofStream, token);
  await warehouse.insert('events', rows, token);
}

const FOLLOWED = `
  SELECT replaceOne(name, 'stream_', '') AS stream
  FROM system.tables WHERE database = currentDatabase() AND engine = 'Null'`;

/** The streams that projections follow. */
export async function followedStreams(warehouse: Warehouse): Promise<Set<string>> {
  const rows = await warehouse.query<{ stream: string }>(FOLLOWED);
  return new Set(rows.map(({ stream }) => stream));
}
