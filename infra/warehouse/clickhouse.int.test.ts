import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect, createServer } from 'node:net';
import { Readable } from 'node:stream';
import { ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { openClickHouse } from './clickhouse.ts';
import { temporaryWarehouse, type WarehouseUnderTest } from './testing/temporary.ts';

let under: WarehouseUnderTest;
let warehouse: Warehouse;
beforeAll(async () => {
  under = await temporaryWarehouse();
  warehouse = under.warehouse;
});
afterAll(() => under[Symbol.asyncDispose]());

/** A table `name`, its materialized view, and the view's target `name_counts`: all remember 1000 inserts. */
async function tableWithView(name: string): Promise<void> {
  const remembers = 'SETTINGS non_replicated_deduplication_window = 1000';
  await warehouse.command(
    `CREATE TABLE ${name} (id UInt64, text String) ENGINE = MergeTree ORDER BY id ${remembers}`,
  );
  await warehouse.command(
    `CREATE TABLE ${name}_counts (text String, n UInt64) ENGINE = SummingMergeTree ORDER BY text ${remembers}`,
  );
  await warehouse.command(
    `CREATE MATERIALIZED VIEW ${name}_view TO ${name}_counts AS SELECT text, count() AS n FROM ${name} GROUP BY text`,
  );
}

const count = async (table: string, what = 'count()'): Promise<number> =>
  (await warehouse.query<{ n: number }>(`SELECT ${what} AS n FROM ${table}`))[0]!.n;

/** The official client, unadorned, on the engine's socket. */
function officialClient(options: object = {}) {
  const agent = { keepAlive: true, socketPath: under.engine.socketPath };
  return createClient({
    url: 'http://localhost',
    database: 'epochlog_test',
    http_agent: new Agent(agent),
    log: { level: ClickHouseLogLevel.OFF },
    ...options,
  });
}

describe('a query', () => {
  test('binds its parameters: no value is ever SQL', async () => {
    const awkward = `it's \\ a "value"\t\n\r\0 {x:String} ; DROP TABLE t -- 日本 🙂`;
    const [row] = await warehouse.query(
      'SELECT {a:String} AS a, {b:Array(String)} AS b, {c:Int64} AS c, {d:Nullable(String)} AS d, {e:Float64} AS e',
      { a: awkward, b: [awkward, ''], c: -5, d: null, e: 0.1 },
    );
    expect(row).toEqual({ a: awkward, b: [awkward, ''], c: -5, d: null, e: 0.1 });
  });

  test('binds a text longer than a header may commonly be', async () => {
    const text = 'epoch '.repeat(20_000);
    expect(await warehouse.query('SELECT length({text:String}) AS n', { text })).toEqual([{ n: 120_000 }]);
  });

  test('many at once each get their own parameters', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => warehouse.query<{ i: number }>('SELECT {i:UInt32} AS i', { i })),
    );
    expect(answers.map(([row]) => row?.i)).toEqual(Array.from({ length: 60 }, (_, i) => i));
  });

  test('gives dates as ISO 8601 in UTC and 64-bit integers as numbers', async () => {
    const [row] = await warehouse.query(
      'SELECT toDateTime64(1700000000.123, 3) AS at, toUInt64(9007199254740991) AS n, toDate(toDateTime(1700000000)) AS day',
    );
    expect(row).toEqual({ at: '2023-11-14T22:13:20.123Z', n: Number.MAX_SAFE_INTEGER, day: '2023-11-14' });
  });

  test('that is wrong is not retriable and names the error of ClickHouse', async () => {
    await expect(warehouse.query('SELECT nope')).rejects.toMatchObject({
      code: 'WAREHOUSE_QUERY',
      retriable: false,
      message: expect.stringContaining('UNKNOWN_IDENTIFIER'),
    });
    await expect(warehouse.query('SELECT {missing:String}')).rejects.toMatchObject({
      code: 'WAREHOUSE_QUERY',
    });
    await expect(warehouse.command('\u001f no SQL')).rejects.toMatchObject({ code: 'WAREHOUSE_QUERY' });
    await expect(warehouse.query('SELECT * FROM nowhere')).rejects.toMatchObject({
      message: expect.stringContaining('UNKNOWN_TABLE'),
    });
  });
});

describe('an insert', () => {
  test('takes dates as ISO 8601 and as milliseconds', async () => {
    await warehouse.command("CREATE TABLE times (at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY at");
    await warehouse.insert('times', [{ at: '2023-11-14T22:13:20.123Z' }, { at: 1_700_000_000_124 }], 'times');
    expect(await warehouse.query('SELECT at FROM times ORDER BY at')).toEqual([
      { at: '2023-11-14T22:13:20.123Z' },
      { at: '2023-11-14T22:13:20.124Z' },
    ]);
  });

  test('holds data, even where it reads like the end of the data and a statement', async () => {
    await tableWithView('payload');
    const text = "x\n\nDROP TABLE payload;\n\n'); DROP TABLE payload; --";
    await warehouse.insert('payload', [{ id: 1, text }], 'payload');
    expect(await warehouse.query('SELECT text FROM payload')).toEqual([{ text }]);

    const client = officialClient();
    const values = Readable.from(['{"id":2,"text":"y"}\n\n\nDROP TABLE payload;\n']);
    await expect(
      client.exec({ query: 'INSERT INTO payload FORMAT JSONEachRow', values }),
    ).rejects.toMatchObject({
      type: 'CANNOT_PARSE_INPUT_ASSERTION_FAILED',
    });
    await client.close();
    expect(await count('payload')).toBe(1);
  });

  test('with a token that was seen changes nothing, in the view neither', async () => {
    await tableWithView('retried');
    const rows = Array.from({ length: 1000 }, (_, id) => ({ id, text: `text ${id % 10}` }));
    for (let attempt = 0; attempt < 3; attempt++) await warehouse.insert('retried', rows, 'batch');
    expect(await count('retried')).toBe(1000);
    expect(await count('retried_counts', 'sum(n)')).toBe(1000);
  });

  test('of equal rows with another token counts: a token does not stay behind', async () => {
    await tableWithView('repeated');
    const rows = [{ id: 1, text: 'same' }];
    await warehouse.insert('repeated', rows, 'first');
    await warehouse.insert('repeated', rows, 'second');
    await warehouse.command("INSERT INTO repeated VALUES (1, 'same')");
    expect(await count('repeated')).toBe(3);
    expect(await count('repeated_counts', 'sum(n)')).toBe(3);
  });

  test('is all or nothing', async () => {
    await tableWithView('atomic');
    const rows = Array.from({ length: 5000 }, (_, id) => ({ id, text: 'ok' }));
    await expect(
      warehouse.insert('atomic', [...rows, { id: 'no number', text: '' }], 'bad'),
    ).rejects.toMatchObject({
      code: 'WAREHOUSE_QUERY',
    });
    expect(await count('atomic')).toBe(0);
    await warehouse.insert('atomic', rows, 'good');
    expect(await count('atomic')).toBe(5000);
    expect(
      await warehouse.query("SELECT count() AS parts FROM system.parts WHERE table = 'atomic' AND active"),
    ).toEqual([{ parts: 1 }]);
  });

  test('of no rows does nothing', async () => {
    await tableWithView('nothing');
    await warehouse.insert('nothing', [], 'empty');
    expect(await count('nothing')).toBe(0);
  });
});

describe('the official client, unadorned', () => {
  test('speaks gzip both ways', async () => {
    await tableWithView('zipped');
    const client = officialClient({ compression: { request: true, response: true } });
    const values = Array.from({ length: 3000 }, (_, id) => ({ id, text: `text ${id}` }));
    await client.insert({ table: 'zipped', values, format: 'JSONEachRow' });
    const result = await client.query({
      query: 'SELECT id, text FROM zipped ORDER BY id',
      format: 'JSONEachRow',
    });
    expect(result.response_headers['content-encoding']).toBe('gzip');
    expect(await result.json()).toEqual(values);
    await client.close();
  });

  test('streams rows', async () => {
    const client = officialClient();
    const result = await client.query({
      query: 'SELECT number AS n FROM numbers(50000)',
      format: 'JSONEachRow',
    });
    let sum = 0;
    for await (const rows of result.stream<{ n: number }>())
      for (const row of rows) sum += Number(row.json().n);
    expect(sum).toBe((50_000 * 49_999) / 2);
    await client.close();
  });

  test('gets the errors of ClickHouse, typed', async () => {
    const client = officialClient();
    const error = await client.query({ query: 'SELECT 1 FROM nowhere' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ClickHouseError);
    expect(error).toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' });
    await expect(client.query({ query: 'SELECT 1 SETTINGS no_such = 1' })).rejects.toMatchObject({
      code: '115',
      type: 'UNKNOWN_SETTING',
    });
    await client.close();
  });

  test('pings, in both of its ways', async () => {
    const client = officialClient();
    expect(await client.ping()).toMatchObject({ success: true });
    expect(await client.ping({ select: true })).toMatchObject({ success: true });
    await client.close();
  });
});

test('a scratch database is empty, its own, and gone when closed', async () => {
  await tableWithView('kept');
  await warehouse.insert('kept', [{ id: 1, text: 'here' }], 'kept');
  const scratch = await warehouse.scratch('epochlog_scratch');
  await scratch.command('CREATE TABLE kept (id UInt64) ENGINE = MergeTree ORDER BY id');
  await scratch.insert('kept', [{ id: 1 }, { id: 2 }], 'kept');
  expect(await scratch.query('SELECT count() AS n FROM kept')).toEqual([{ n: 2 }]);
  expect(await count('kept')).toBe(1);
  await scratch.close();
  await warehouse.ping();
  expect(await warehouse.query("SELECT name FROM system.databases WHERE name = 'epochlog_scratch'")).toEqual(
    [],
  );
});

test('a database of another name is refused', async () => {
  await expect(warehouse.scratch('other; DROP TABLE kept')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});

test('a server is reached by its address as well', async () => {
  const relay = createServer((socket) => {
    const upstream = connect(under.engine.socketPath);
    socket.pipe(upstream).pipe(socket);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
  });
  await once(relay.listen(0, '127.0.0.1'), 'listening');
  const address = relay.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const server = await openClickHouse(
    { url: `http://127.0.0.1:${port}`, username: 'default', password: '' },
    'epochlog_by_address',
  );
  await server.command('CREATE TABLE t (text String) ENGINE = MergeTree ORDER BY text');
  await server.insert('t', [{ text: 'through gzip' }], 'token');
  expect(await server.query('SELECT text FROM t')).toEqual([{ text: 'through gzip' }]);
  await server.close();
  await warehouse.command('DROP DATABASE epochlog_by_address');
  relay.close();
});
