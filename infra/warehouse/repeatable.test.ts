import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseMigration, readMigrations } from './projections.ts';
import { assertRepeatable } from './repeatable.ts';

const check = (sql: string) => assertRepeatable(parseMigration('a/001_a.sql', sql));
const TABLE = 'CREATE TABLE a (x String) ENGINE = MergeTree ORDER BY x;';

test.each([
  `${TABLE}\nINSERT INTO a SELECT x FROM b;`,
  'CREATE OR REPLACE VIEW v AS SELECT 1;',
  "ALTER TABLE a ADD COLUMN IF NOT EXISTS y String DEFAULT 'ADD COLUMN z', ADD INDEX IF NOT EXISTS i (y) TYPE minmax;",
  'alter table a modify column x Nullable(String), drop column if exists y;',
  'ALTER TABLE a RENAME COLUMN IF EXISTS x TO y;',
  'DROP TABLE IF EXISTS a SYNC;',
  'TRUNCATE TABLE a;',
])('may be done twice: %s', (sql) => {
  check(sql);
});

test.each([
  ['ALTER TABLE a ADD COLUMN y String;', /write ADD COLUMN IF NOT EXISTS: ALTER TABLE a/],
  ['alter table a\n add column if not exists y String,\n add constraint c check y;', /ADD CONSTRAINT IF NOT/],
  ['ALTER TABLE a DROP COLUMN y;', /write DROP COLUMN IF EXISTS/],
  ['ALTER TABLE a UPDATE x = x || x WHERE 1;', /ALTER … UPDATE/],
  ['DROP VIEW v;', /write DROP VIEW IF EXISTS/],
  ['RENAME TABLE a TO b;', /write RENAME TABLE IF EXISTS/],
  ['INSERT INTO b SELECT 1;', /not b/],
  [`${TABLE}\nINSERT INTO a SELECT x FROM b;\nDROP TABLE IF EXISTS b;`, /next file/],
  ['CREATE DICTIONARY d (x String) PRIMARY KEY x;', /nothing but tables and views/],
  ['CREATE FUNCTION f AS x -> x;', /nothing but tables and views/],
  ['EXCHANGE TABLES a AND b;', /does not use EXCHANGE/],
])('is refused, with what to write: %s', (sql, message) => {
  expect(() => check(sql)).toThrow(
    expect.objectContaining({ code: 'WAREHOUSE_MIGRATION', message: expect.stringMatching(message) }),
  );
});

test("the project's own migrations are repeatable", async () => {
  const migrations = await readMigrations(join(import.meta.dirname, '../../projections'));
  expect(migrations.length).toBeGreaterThan(15);
  for (const migration of migrations) assertRepeatable(migration);
});
