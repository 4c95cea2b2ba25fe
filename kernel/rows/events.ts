import { EpochlogError } from '../errors.ts';
import { type LoggedEvent, momentOf } from '../event.ts';
import type { BinaryRows, Warehouse } from '../ports/warehouse.ts';
import type { EventSchema, StreamSchemas } from '../schema.ts';
import { streamOfTopic } from '../topics.ts';
import { type Column, columnsOf } from './columns.ts';
import { type Memory, RowMemory, RowWriter } from './row-writer.ts';

/** A column of an event's envelope or position. In the table of a stream its name begins with an underscore. */
interface EnvelopeColumn {
  name: string;
  type: string;
  write(writer: RowWriter, event: LoggedEvent): void;
}

/** The columns that every event has, as they stand in the table `events`. */
export const ENVELOPE: readonly EnvelopeColumn[] = [
  { name: 'topic', type: 'String', write: (writer, { topic }) => writer.string(topic) },
  { name: 'partition', type: 'UInt16', write: (writer, { partition }) => writer.uint16(partition) },
  { name: 'offset', type: 'UInt64', write: (writer, { offset }) => writer.int64(offset) },
  { name: 'id', type: 'String', write: (writer, { id }) => writer.string(id) },
  { name: 'type', type: 'String', write: (writer, { type }) => writer.string(type) },
  { name: 'stream', type: 'String', write: (writer, { topic }) => writer.string(streamOfTopic(topic)) },
  { name: 'subject', type: 'String', write: (writer, { subject }) => writer.string(subject) },
  { name: 'source', type: 'String', write: (writer, { source }) => writer.string(source) },
  { name: 'time', type: "DateTime64(3, 'UTC')", write: (writer, { time }) => writer.int64(time) },
  { name: 'instant', type: "DateTime64(3, 'UTC')", write: (writer, event) => writer.int64(momentOf(event)) },
  { name: 'sequence', type: 'UInt64', write: (writer, { sequence }) => writer.int64(sequence) },
  {
    name: 'correlation_id',
    type: 'String',
    write: (writer, { correlationId }) => writer.string(correlationId),
  },
  {
    name: 'causation_id',
    type: 'String',
    write: (writer, { causationId }) => writer.string(causationId ?? ''),
  },
];

const DATA: EnvelopeColumn = {
  name: 'data',
  type: 'String',
  write: (writer, { data }) => writer.string(JSON.stringify(data)),
};
const EVENTS: readonly EnvelopeColumn[] = [...ENVELOPE, DATA];

/** The end of the lease under which a row is inserted. */
export const LEASE = 'lease_until';

/** The table that the projections of a stream are views of: it holds nothing. */
export const streamTable = (stream: string): string => `stream_${stream}`;

/** What the table of a stream takes of each event. */
export interface StreamTable {
  envelope: readonly EnvelopeColumn[];
  fields: readonly Column[];
  /** the fields of each event type */
  fieldsOf: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The tables of the streams that projections follow, by stream, as they are in a warehouse. */
export type StreamTables = ReadonlyMap<string, StreamTable>;

const COLUMNS = `
  SELECT table, groupArray(map('name', name, 'type', type)) AS columns
  FROM system.columns
  WHERE database = currentDatabase() AND startsWith(table, 'stream_')
  GROUP BY table`;

const withoutQuotes = (type: string): string => type.replaceAll('`', '');

/**
 * Reads which streams the projections of a warehouse follow, and with which columns. A column that the schemas do not know
 * (a later version of the software made it) takes its default. WAREHOUSE_MIGRATION when one has another type.
 */
export async function readStreamTables(
  warehouse: Pick<Warehouse, 'query' | 'database'>,
  schemas: readonly StreamSchemas[],
): Promise<StreamTables> {
  const tables = await warehouse.query<{ table: string; columns: { name: string; type: string }[] }>(COLUMNS);
  const columnsByTable = new Map(tables.map(({ table, columns }) => [table, columns]));
  const found = new Map<string, StreamTable>();
  for (const stream of schemas) {
    const table = streamTable(stream.name);
    const columns = new Map(columnsByTable.get(table)?.map(({ name, type }) => [name, type]));
    if (columns.size === 0) continue;
    const fields = columnsOf(stream).filter(({ name }) => columns.has(name));
    for (const { name, type } of fields) {
      if (withoutQuotes(columns.get(name)!) === withoutQuotes(type)) continue;
      throw new EpochlogError(
        'WAREHOUSE_MIGRATION',
        `${table}.${name} in database ${warehouse.database} is ${columns.get(name)}, the events have ${type}: run ` +
          '`epochlog projections apply` of the version of epochlog that is to run',
      );
    }
    const envelope = ENVELOPE.filter(({ name }) => columns.has(`_${name}`));
    const fieldsOf = new Map(stream.events.map((event) => [event.name, namesOf(event)]));
    found.set(stream.name, { envelope, fields, fieldsOf });
  }
  return found;
}

const namesOf = ({ fields }: EventSchema): ReadonlySet<string> => new Set(fields.map(({ name }) => name));

/** A lease that does not end, for who writes alone. */
const FOREVER = Date.UTC(2200, 0);

/** The rows of some events, for the tables of their streams and for `events`. They are encoded once, and may be inserted again. */
export class EventRows {
  readonly tables: StreamTables;
  readonly #memory: RowMemory;
  readonly #streams = new Map<string, StreamRows | undefined>();
  readonly #events: RowWriter;

  constructor(tables: StreamTables, memory = new RowMemory()) {
    this.tables = tables;
    this.#memory = memory;
    this.#events = new RowWriter(memory.take('events'));
  }

  add(event: LoggedEvent): void {
    this.#of(streamOfTopic(event.topic))?.add(event);
    this.#events.int64(0); // the lease, which is known later
    for (const column of EVENTS) column.write(this.#events, event);
    this.#events.endRow();
  }

  /**
   * Inserts the rows: into the tables of their streams at once, which feed the projections that follow them, then all into
   * `events`. So an event costs the projections of its stream alone, and one that is in `events` is in all of them.
   * Not atomic: after an error, insert the same events with the same token.
   */
  async insert(warehouse: Warehouse, token: string, leaseUntil = FOREVER): Promise<void> {
    await Promise.all(
      [...this.#streams].map(([stream, rows]) =>
        rows?.insert(warehouse, streamTable(stream), token, leaseUntil),
      ),
    );
    const names = EVENTS.map(({ name }) => name);
    await warehouse.insertBinary('events', [LEASE, ...names], leased(this.#events, leaseUntil), token);
  }

  /** Gives the memory back. Only of rows that were inserted, and without an error: nothing may still send them. */
  release(): void {
    this.#memory.give('events', this.#events.memory);
    for (const [stream, rows] of this.#streams) if (rows) this.#memory.give(streamTable(stream), rows.memory);
  }

  #of(stream: string): StreamRows | undefined {
    if (!this.#streams.has(stream)) {
      const table = this.tables.get(stream);
      this.#streams.set(stream, table && new StreamRows(table, this.#memory.take(streamTable(stream))));
    }
    return this.#streams.get(stream);
  }
}

/** They are the same for all batches, and making them takes longer than a row. */
const partsOfTables = new WeakMap<StreamTable, Map<string, readonly Part[]>>();

/** Columns of a row: one that holds a field, or the bytes of several that an event type has no field for. */
type Part = Column | Uint8Array;

/** The rows of events of one stream, for its table or another with the same columns. */
export class StreamRows {
  readonly #table: StreamTable;
  readonly #writer: RowWriter;
  /** by event type: most columns of a stream belong to other types */
  readonly #parts: Map<string, readonly Part[]>;

  constructor(table: StreamTable, memory?: Memory) {
    this.#table = table;
    this.#parts = partsOfTables.get(table) ?? new Map();
    partsOfTables.set(table, this.#parts);
    this.#writer = new RowWriter(memory);
  }

  get memory(): Memory {
    return this.#writer.memory;
  }

  add(event: LoggedEvent): void {
    this.#writer.int64(0); // the lease
    for (const column of this.#table.envelope) column.write(this.#writer, event);
    for (const part of this.#partsOf(event.type)) {
      if (part instanceof Uint8Array) this.#writer.bytes(part);
      else part.write(this.#writer, Reflect.get(event.data, part.name));
    }
    this.#writer.endRow();
  }

  #partsOf(type: string): readonly Part[] {
    const known = this.#parts.get(type);
    if (known) return known;
    const parts = partsOf(this.#table.fields, this.#table.fieldsOf.get(type));
    this.#parts.set(type, parts);
    return parts;
  }

  insert(warehouse: Warehouse, table: string, token: string, leaseUntil = FOREVER): Promise<void> {
    const { envelope, fields } = this.#table;
    const names = [LEASE, ...envelope.map(({ name }) => `_${name}`), ...fields.map(({ name }) => name)];
    return warehouse.insertBinary(table, names, this.rows(leaseUntil), token);
  }

  rows(leaseUntil = FOREVER): BinaryRows {
    return leased(this.#writer, leaseUntil);
  }
}

/** @param own names of the fields; undefined for a type that may have any */
function partsOf(columns: readonly Column[], own: ReadonlySet<string> | undefined): Part[] {
  const parts: Part[] = [];
  let empty = new RowWriter();
  const endEmpty = () => {
    const { bytes } = empty.rows();
    if (bytes.length === 0) return;
    parts.push(new Uint8Array(bytes));
    empty = new RowWriter();
  };
  for (const column of columns) {
    if (own && !own.has(column.name)) {
      column.write(empty, undefined);
      empty.endRow();
      continue;
    }
    endEmpty();
    parts.push(column);
  }
  endEmpty();
  return parts;
}

/** Writes the lease, the first column of each row. */
function leased(writer: RowWriter, leaseUntil: number): BinaryRows {
  const rows = writer.rows();
  const view = new DataView(rows.bytes.buffer, rows.bytes.byteOffset, rows.bytes.byteLength);
  let start = 0;
  for (const end of rows.ends) {
    view.setBigInt64(start, BigInt(leaseUntil), true);
    start = end;
  }
  return rows;
}
