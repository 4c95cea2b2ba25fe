import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { digest } from './digest.ts';
import { temporaryWarehouse, type WarehouseUnderTest } from './testing/temporary.ts';

const TABLES = [
  `CREATE TABLE plain (id UInt64, label LowCardinality(Nullable(String)), score Float64, tags Array(String),
     params Map(String, Float64), inserted DateTime64(3, 'UTC') DEFAULT now64(3), draw UUID DEFAULT generateUUIDv4())
   ENGINE = MergeTree ORDER BY id`,
  `CREATE TABLE latest (id UInt64, label String, version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY id`,
  `CREATE TABLE totals (day Date, n SimpleAggregateFunction(sum, UInt64), total SimpleAggregateFunction(sum, Float64),
     mean AggregateFunction(avg, Float64), spread AggregateFunction(quantilesDD(0.01, 0.5, 0.9), Float64),
     users AggregateFunction(uniqExact, String))
   ENGINE = AggregatingMergeTree ORDER BY day`,
  `CREATE MATERIALIZED VIEW totals_of_plain TO totals AS
   SELECT toDate('2026-01-01') + id % 3 AS day, count() AS n, sum(score) AS total, avgState(score) AS mean,
     quantilesDDState(0.01, 0.5, 0.9)(score) AS spread, uniqExactState(assumeNotNull(label)) AS users
   FROM plain GROUP BY day`,
  'CREATE TABLE migrations (file String) ENGINE = MergeTree ORDER BY file',
];

const row = (id: number): Record<string, unknown> => ({
  id,
  label: id % 4 === 0 ? null : `label ${id % 4}`,
  score: Math.sin(id) * 10 ** (id % 13),
  tags: [`a${id}`, 'b'],
  params: { rate: id / 7 },
});
const rows = (count: number) => Array.from({ length: count }, (_, id) => row(id));

let under: WarehouseUnderTest;
beforeAll(async () => {
  under = await temporaryWarehouse();
});
afterAll(() => under[Symbol.asyncDispose]());

/** The digests of a new database after filling it. */
async function digestAfter(
  fill: (warehouse: Warehouse) => Promise<void>,
  without?: readonly string[],
): Promise<Record<string, string>> {
  const warehouse = await under.warehouse.scratch('epochlog_digest');
  for (const table of TABLES) await warehouse.command(table);
  await fill(warehouse);
  const digests = await digest(warehouse, without);
  await warehouse.close();
  return Object.fromEntries(digests.map(({ table, rows, hash }) => [table, `${rows} ${hash}`]));
}

const inBatches = (all: readonly object[], size: number) => async (warehouse: Warehouse) => {
  for (let at = 0; at < all.length; at += size)
    await warehouse.insert('plain', all.slice(at, at + size), `${at}`);
};

test('is equal for equal rows, in any order and batches', async () => {
  const once = await digestAfter(inBatches(rows(1000), 1000));
  const reversed = await digestAfter(inBatches(rows(1000).toReversed(), 70));
  const merged = await digestAfter(async (warehouse) => {
    await inBatches(rows(1000), 90)(warehouse);
    for (const table of ['plain', 'totals']) await warehouse.command(`OPTIMIZE TABLE ${table} FINAL`);
  });
  expect(Object.keys(once)).toEqual(['latest', 'plain', 'totals']);
  expect(once.plain).toMatch(/^1000 [0-9a-f]{32}$/);
  expect(once.totals).toMatch(/^3 /);
  expect(reversed).toEqual(once);
  expect(merged).toEqual(once);
});

test('differs by any change: a value, a null, one row more or less, one row twice', async () => {
  const changes: ((all: Record<string, unknown>[]) => object[])[] = [
    (all) => all,
    (all) => all.with(500, { ...row(500), score: 0.1 }),
    (all) => all.with(500, { ...row(500), label: '' }),
    (all) => all.with(500, { ...row(500), tags: ['a500b'] }),
    (all) => all.with(500, { ...row(500), params: {} }),
    (all) => all.slice(1),
    (all) => [...all, row(0)],
    (all) => [...all, row(0), row(0)],
    () => [],
  ];
  const seen = new Set<string | undefined>();
  for (const change of changes) seen.add((await digestAfter(inBatches(change(rows(600)), 600))).plain);
  expect(seen.size).toBe(changes.length);
});

test('sees the last version of a row that was replaced, merged or not yet', async () => {
  const versions = [1, 2, 3].map((version) => ({ id: 7, label: `v${version}`, version }));
  const [only, all, reversed, other] = [
    await digestAfter((warehouse) => warehouse.insert('latest', versions.slice(2), 'a')),
    await digestAfter(async (warehouse) => {
      for (const version of versions) await warehouse.insert('latest', [version], `${version.version}`);
    }),
    await digestAfter((warehouse) => warehouse.insert('latest', versions.toReversed(), 'a')),
    await digestAfter((warehouse) => warehouse.insert('latest', versions.slice(0, 2), 'a')),
  ];
  expect(all?.latest).toBe(only?.latest);
  expect(reversed?.latest).toBe(only?.latest);
  expect(other?.latest).not.toBe(only?.latest);
});

test('leaves out the columns that are named, in every table', async () => {
  const scored = (change: object) =>
    inBatches(
      rows(50).map((one) => ({ ...one, ...change })),
      50,
    );
  const without = async (fill: (warehouse: Warehouse) => Promise<void>) =>
    (await digestAfter(fill, ['score', 'tags', 'total'])).plain;
  expect(await without(scored({ score: 1, tags: ['x'] }))).toBe(
    await without(scored({ score: 2, tags: [] })),
  );
  expect(await without(scored({ label: 'a' }))).not.toBe(await without(scored({ label: 'b' })));
});
