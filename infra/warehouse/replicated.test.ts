import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readMigrations } from './projections.ts';
import { replicated } from './replicated.ts';

test.each([
  [
    'CREATE TABLE a (x String) ENGINE = MergeTree ORDER BY x',
    'CREATE TABLE a (x String) ENGINE = ReplicatedMergeTree ORDER BY x',
  ],
  [
    'create table if not exists a (x String)\nengine=ReplacingMergeTree(x)\norder by x',
    'create table if not exists a (x String)\nengine=ReplicatedReplacingMergeTree(x)\norder by x',
  ],
  [
    'CREATE TABLE a (x String) ENGINE MergeTree() ORDER BY x SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 8192',
    'CREATE TABLE a (x String) ENGINE ReplicatedMergeTree() ORDER BY x SETTINGS non_replicated_deduplication_window = 1000, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, index_granularity = 8192',
  ],
])('a table: %s', (statement, expected) => {
  expect(replicated(statement)).toBe(expected);
  expect(replicated(expected)).toBe(expected);
});

test('only the engine of the table counts: not what is quoted, in a comment or among its columns', () => {
  const head = `CREATE TABLE a /* ENGINE = Log */ (
    engine String DEFAULT 'ENGINE = Memory (it''s', \`ENGINE = Null\` String, -- ENGINE = Log (
    x String DEFAULT 'non_replicated_deduplication_window = 1'
  ) COMMENT 'ENGINE = Log; SETTINGS non_replicated_deduplication_window = 2'`;
  expect(replicated(`${head} ENGINE = SummingMergeTree((x, y)) ORDER BY x`)).toBe(
    `${head} ENGINE = ReplicatedSummingMergeTree((x, y)) ORDER BY x`,
  );
});

test.each([
  'CREATE MATERIALIZED VIEW v TO a AS SELECT x FROM events',
  "CREATE VIEW v AS SELECT 'ENGINE = MergeTree' AS x",
  'ALTER TABLE a ADD COLUMN b String',
  'INSERT INTO a SELECT * FROM b',
  'DROP TABLE a SYNC',
])('what makes no table stays: %s', (statement) => {
  expect(replicated(statement)).toBe(statement);
});

test.each([
  ['CREATE TABLE a (x String) ENGINE = Log', /not Log: CREATE TABLE a/],
  ['CREATE TABLE a (x String)', /not none/],
])('a table without replicas is refused: %s', (statement, message) => {
  expect(() => replicated(statement)).toThrow(
    expect.objectContaining({
      code: 'WAREHOUSE_MIGRATION',
      message: expect.stringMatching(message),
    }),
  );
});

test("every table of the project's projections has the same deduplication window with replicas as without", async () => {
  const migrations = await readMigrations(join(import.meta.dirname, '../../projections'));
  const tables = migrations
    .flatMap(({ statements }) => statements)
    .filter((statement) => statement.startsWith('CREATE TABLE'))
    .filter((statement) => !statement.endsWith('ENGINE = Null')); // those of the streams keep nothing
  expect(tables.length).toBeGreaterThan(15);
  for (const table of tables.map(replicated)) {
    expect(table).toMatch(/^ENGINE = Replicated\w*MergeTree/m);
    const alone = /non_replicated_deduplication_window = (\d+)/.exec(table)?.[1];
    expect(/, replicated_deduplication_window = (\d+)/.exec(table)?.[1]).toBe(alone);
  }
});
