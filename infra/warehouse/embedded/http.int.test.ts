import { Agent } from 'node:http';
import { Readable } from 'node:stream';
import { ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryWarehouse, type WarehouseUnderTest } from '../testing/temporary.ts';

let under: WarehouseUnderTest;
beforeAll(async () => {
  under = await temporaryWarehouse();
});
afterAll(() => under[Symbol.asyncDispose]());

/** The official client, on the engine's socket. */
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

const table = (name: string) =>
  under.warehouse.command(`CREATE TABLE ${name} (id UInt64, text String) ENGINE = MergeTree ORDER BY id`);

describe('the official client, unadorned', () => {
  test('speaks gzip both ways', async () => {
    await table('zipped');
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

test('text behind an empty line in the data of an insert is not executed', async () => {
  await table('payload');
  const client = officialClient();
  const values = Readable.from(['{"id":2,"text":"y"}\n\n\nDROP TABLE payload;\n']);
  await expect(
    client.exec({ query: 'INSERT INTO payload FORMAT JSONEachRow', values }),
  ).rejects.toMatchObject({ type: 'CANNOT_PARSE_INPUT_ASSERTION_FAILED' });
  await client.close();
  expect(await under.warehouse.query('SELECT count() AS n FROM payload')).toEqual([{ n: 0 }]);
});
