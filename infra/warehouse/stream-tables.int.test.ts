import avro from 'avsc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { columnsOf } from '../../kernel/rows/columns.ts';
import { readStreamTables } from '../../kernel/rows/events.ts';
import { RowWriter } from '../../kernel/rows/row-writer.ts';
import type { EventSchema, StreamSchemas } from '../../kernel/schema.ts';
import { seededRandom } from '../../ml/random.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { migrate } from './migrate.ts';
import { parseMigration } from './projections.ts';
import { missingIn, streamTablesOf } from './stream-tables.ts';
import { temporaryFolder, temporaryWarehouse, type WarehouseUnderTest } from './testing/temporary.ts';

const EVENTS_PER_TYPE = 20;
/** Fields that are text in one event and a number or a list in another. */
const JSON_FIELDS = [
  'crossvalidations.params',
  'labels.from',
  'labels.original',
  'labels.target',
  'models.parameters',
  'predictions.features',
  'records.fields',
  'runs.params',
  'searches.params',
  'searches.values',
  'samples.instance',
  'samples.target',
  'samples.unlabelled',
  'trainings.params',
];

let under: WarehouseUnderTest;
beforeAll(async () => {
  under = await temporaryWarehouse();
});
afterAll(() => under[Symbol.asyncDispose]());

type Data = Readonly<Record<string, unknown>>;

/** Random data of an event type. */
function randomData(schema: EventSchema): Data[] {
  const type = avro.Type.forSchema(schema, { logicalTypes: {} });
  const original = Math.random;
  Math.random = seededRandom(7); // avsc takes no seed
  try {
    return Array.from({ length: EVENTS_PER_TYPE }, () => JSON.parse(JSON.stringify(type.random())));
  } finally {
    Math.random = original;
  }
}

/** What ClickHouse makes of a value that a row lacks, and JSON of one that it has. */
function expected(value: unknown, read: unknown): unknown {
  if (Array.isArray(read)) return ((value ?? []) as unknown[]).map((item, i) => expected(item, read[i]));
  if (typeof read !== 'object' || read === null) return value ?? null;
  return Object.fromEntries(
    Object.entries(read).map(([key, inside]) => [key, expected(Object(value)[key], inside)]),
  );
}

describe('the table of a stream', () => {
  test.each(loadSchemas())(
    '$name: ClickHouse reads each field of random events as it was written',
    async (stream) => {
      const columns = columnsOf(stream).filter(({ type }) => !type.includes('DateTime')); // random times are none
      const table = `typed_${stream.name}`;
      const definitions = columns.map(({ name, type }) => `\`${name}\` ${type}`);
      await under.warehouse.command(
        `CREATE TABLE ${table} (row UInt64, ${definitions.join(', ')}) ENGINE = MergeTree ORDER BY row`,
      );
      const rows = stream.events.flatMap(randomData);
      const writer = new RowWriter();
      for (const [row, data] of rows.entries()) {
        writer.int64(row);
        for (const { name, write } of columns) write(writer, data[name]);
        writer.endRow();
      }
      const names = columns.map(({ name }) => name);
      await under.warehouse.insertBinary(table, ['row', ...names], writer.rows(), 'rows');
      const read = await under.warehouse.query<Data>(`SELECT * FROM ${table} ORDER BY row`);
      expect(read).toHaveLength(rows.length);
      for (const [row, data] of rows.entries()) {
        for (const name of names) {
          const value = read[row]![name];
          if (JSON_FIELDS.includes(`${stream.name}.${name}`))
            expect(value && JSON.parse(String(value))).toEqual(data[name] ?? null);
          else expect(value, name).toEqual(expected(data[name], value));
        }
      }
    },
  );

  test('holds times in milliseconds', async () => {
    const writer = new RowWriter();
    const instant = Date.parse('2026-03-01T12:34:56.789Z');
    const column = columnsOf(loadSchemas().find(({ name }) => name === 'predictions')!).find(
      ({ name }) => name === 'instant',
    )!;
    column.write(writer, instant);
    writer.endRow();
    await under.warehouse.command(`CREATE TABLE times (instant ${column.type}) ENGINE = Memory`);
    await under.warehouse.insertBinary('times', ['instant'], writer.rows(), 'time');
    expect(await under.warehouse.query('SELECT instant FROM times')).toEqual([
      { instant: '2026-03-01T12:34:56.789Z' },
    ]);
  });

  /** A stream with one event type of these fields. */
  const streamOf = (...fields: EventSchema['fields']): StreamSchemas => ({
    name: 'orders',
    events: [
      {
        type: 'record',
        name: 'OrderPlaced',
        namespace: 'test',
        kind: 'fact',
        key: 'orderId',
        doc: '',
        fields,
      },
    ],
  });
  const projection = (select: string) =>
    parseMigration(
      'orders/001_orders.sql',
      `CREATE MATERIALIZED VIEW v TO orders AS SELECT ${select} FROM stream_orders;`,
    );
  const orderId = { name: 'orderId', type: 'string' };
  const amount = { name: 'amount', type: 'int' };

  test('has the columns that projections name, and gets those that they name later', async () => {
    const warehouse = await under.warehouse.scratch('epochlog_streams');
    const tables = (select: string) => streamTablesOf([projection(select)], [streamOf(orderId, amount)]);
    for (const select of ['orderId, _time AS time', 'orderId, amount, _time AS time']) {
      for (const { statement } of await missingIn(warehouse, tables(select)))
        await warehouse.command(statement);
      expect(await missingIn(warehouse, tables(select))).toEqual([]);
    }
    const read = await readStreamTables(warehouse, [streamOf(orderId, amount)]);
    expect(read.get('orders')?.fields.map(({ name }) => name)).toEqual(['orderId', 'amount']);
    expect(read.get('orders')?.envelope.map(({ name }) => name)).toEqual(['time']);

    const wider = [streamOf(orderId, { ...amount, type: 'long' })];
    await expect(readStreamTables(warehouse, wider)).rejects.toMatchObject({
      code: 'WAREHOUSE_MIGRATION',
      message: expect.stringMatching(/stream_orders\.amount .* Nullable\(Int32\).* Nullable\(Int64\): run/),
    });
    const changes = await missingIn(warehouse, streamTablesOf([projection('orderId, amount')], wider));
    for (const { statement } of changes) await warehouse.command(statement);
    expect((await readStreamTables(warehouse, wider)).get('orders')?.fields).toHaveLength(2);
    await warehouse.close();
  });

  test('has two of its views filled at a time', async () => {
    const { warehouse } = under;
    await warehouse.command('CREATE TABLE stream_slow (id UInt64) ENGINE = Null');
    for (const name of ['slow_a', 'slow_b']) {
      await warehouse.command(
        `CREATE TABLE ${name} (id UInt64, waited UInt8) ENGINE = MergeTree ORDER BY id`,
      );
      await warehouse.command(
        `CREATE MATERIALIZED VIEW ${name}_view TO ${name} AS SELECT id, sleep(0.6) AS waited FROM stream_slow`,
      );
    }
    let isWritten = false;
    const inserted = warehouse.insert('stream_slow', [{ id: 1 }], 'one').finally(() => {
      isWritten = true;
    });
    let threads = 0;
    while (!isWritten && threads < 2) {
      const [row] = await warehouse.query<{ threads: number }>(
        "SELECT max(length(thread_ids)) AS threads FROM system.processes WHERE startsWith(query, 'INSERT INTO stream_slow')",
      );
      threads = Math.max(threads, row?.threads ?? 0);
    }
    await inserted;
    expect(threads).toBeGreaterThan(1);
    expect(await warehouse.query('SELECT a.id FROM slow_a AS a INNER JOIN slow_b AS b USING (id)')).toEqual([
      { id: 1 },
    ]);
  });

  test('cannot be that of a stream that does not exist', async () => {
    const sql = 'CREATE MATERIALIZED VIEW v TO t AS SELECT label FROM stream_outcome;';
    await using folder = await temporaryFolder({ 'mine/001_mine.sql': sql });
    await expect(migrate(under.warehouse, folder.path)).rejects.toMatchObject({
      code: 'WAREHOUSE_MIGRATION',
      message:
        'mine/001_mine.sql selects FROM stream_outcome, and there is no stream outcome: did you mean outcomes?',
    });
  });
});
