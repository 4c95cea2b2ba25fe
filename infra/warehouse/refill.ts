import { randomUUID } from 'node:crypto';
import type { LoggedEvent } from '../../kernel/event.ts';
import type { EventId } from '../../kernel/ids.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { readStreamTables, StreamRows, streamTable } from '../../kernel/rows/events.ts';
import { topicOf } from '../../kernel/topics.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { FROM_STREAM } from './stream-tables.ts';

/** A materialized view of the table of a stream. */
export interface ViewOfStream {
  name: string;
  /** its SELECT */
  select: string;
  /** the table that it writes to */
  target: string;
  stream: string;
}

interface EventRow {
  topic: string;
  partition: number;
  offset: number;
  id: EventId;
  type: string;
  subject: string;
  source: string;
  time: string;
  instant: string;
  sequence: number;
  correlation_id: string;
  causation_id: string;
  data: string;
}

const PARTITIONS = 'SELECT DISTINCT partition FROM events WHERE topic = {topic:String} ORDER BY partition';

/** A page of events, with at most so many bytes of data (the last event may exceed it). */
const PAGE = `
  SELECT * EXCEPT before
  FROM
  (
    SELECT *, sum(length(data)) OVER (ORDER BY offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM
    (
      SELECT topic, partition, offset, id, type, subject, source, time, instant, sequence, correlation_id, causation_id, data
      FROM events
      WHERE topic = {topic:String} AND partition = {partition:UInt16} AND offset >= {from:UInt64}
      ORDER BY offset
      LIMIT 2000
    )
  )
  WHERE before < 8000000
  ORDER BY offset`;

/**
 * Inserts into the targets of views what these make of the events that are in `events`. The events pass through copies
 * of the stream tables and of these views alone, typed as the projector types them, so that the rows are the same.
 */
export async function fillFromStreams(warehouse: Warehouse, views: readonly ViewOfStream[]): Promise<void> {
  const schemas = loadSchemas();
  for (const [stream, ofStream] of Map.groupBy(views, (view) => view.stream)) {
    const copies = ofStream.map(({ name }) => `fill_${name}`);
    const table = `fill_${streamTable(stream)}`;
    const dropAll = async () => {
      for (const name of [...copies, table]) await warehouse.command(`DROP TABLE IF EXISTS ${name} SYNC`);
    };
    await dropAll(); // of a process that was killed
    await warehouse.command(`CREATE TABLE ${table} AS ${streamTable(stream)} ENGINE = Null`);
    for (const { name, select, target } of ofStream) {
      const copy = select.replace(FROM_STREAM, `FROM ${table}`);
      await warehouse.command(`CREATE MATERIALIZED VIEW fill_${name} TO ${target} AS ${copy}`);
    }
    const columns = (await readStreamTables(warehouse, schemas)).get(stream)!;
    for await (const events of pagesOf(warehouse, topicOf(stream))) {
      const rows = new StreamRows(columns);
      for (const event of events) rows.add(event);
      await rows.insert(warehouse, table, randomUUID());
    }
    await dropAll();
  }
}

async function* pagesOf(warehouse: Warehouse, topic: string): AsyncGenerator<LoggedEvent[]> {
  for (const { partition } of await warehouse.query<{ partition: number }>(PARTITIONS, { topic })) {
    for (let from = 0; ; ) {
      const rows = await warehouse.query<EventRow>(PAGE, { topic, partition, from });
      if (rows.length === 0) break;
      yield rows.map(eventOf);
      from = rows.at(-1)!.offset + 1;
    }
  }
}

const eventOf = ({ time, instant, correlation_id, causation_id, data, ...row }: EventRow): LoggedEvent => ({
  ...row,
  time: Date.parse(time),
  instant: Date.parse(instant),
  correlationId: correlation_id,
  causationId: causation_id === '' ? null : causation_id,
  data: JSON.parse(data),
});
