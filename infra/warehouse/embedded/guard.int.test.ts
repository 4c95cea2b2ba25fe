import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QueryLimits } from '../../../kernel/ports/warehouse.ts';
import { temporaryWarehouse, type WarehouseUnderTest } from '../testing/temporary.ts';

const LIMITS: QueryLimits = { seconds: 60, resultRows: 1000, memoryBytes: 50_000_000 };

let under: WarehouseUnderTest;
beforeAll(async () => {
  under = await temporaryWarehouse();
  const { warehouse } = under;
  await warehouse.command(
    'CREATE TABLE papers (id UInt32, title String, file String, sleep UInt8) ENGINE = MergeTree ORDER BY id',
  );
  await warehouse.insert('papers', [{ id: 1, title: 'INTO OUTFILE file system.processes' }], 'papers');
});
afterAll(() => under[Symbol.asyncDispose]());

const asUser = (sql: string, limits = LIMITS, params = {}) => under.warehouse.query(sql, params, limits);
const asFile = (sql: string, limits = LIMITS, params = {}) =>
  under.warehouse.answer(sql, 'csv', params, limits);

describe('a user may read', () => {
  test.each([
    'SELECT * FROM papers',
    "SELECT title FROM papers WHERE title = 'INTO OUTFILE file system.processes' -- file('/etc/passwd')",
    'WITH 1 AS one SELECT one, count() FROM papers GROUP BY one',
    '(SELECT id FROM papers) UNION ALL (SELECT 2)',
    'FROM papers SELECT id',
    'SELECT "title" FROM `papers` AS p',
    "SELECT 'it''s', 'it\\'s', $$heredoc ' file$$ FROM papers",
    'SELECT file, p.file, lower(file), max(sleep) FROM papers AS p GROUP BY file',
    "SELECT concat(p.file, 'x') AS path FROM papers AS p WHERE file != 'file(' AND (file, sleep) IN (('', 0)) ORDER BY file",
    'SELECT * EXCEPT file FROM papers',
    'SHOW TABLES',
    'SHOW FULL COLUMNS FROM papers',
    'SHOW CREATE TABLE papers',
    'DESCRIBE TABLE papers',
    'EXPLAIN SELECT * FROM papers',
    'EXPLAIN AST SELECT * FROM papers',
    'EXPLAIN SYNTAX SELECT * FROM papers',
    'EXPLAIN QUERY TREE SELECT * FROM papers',
    'SELECT name, type FROM system.columns WHERE table = {table:String}',
  ])('%s', async (sql) => {
    expect(await asUser(sql, LIMITS, { table: 'papers' })).not.toEqual([]);
  });
});

describe('a user may not write', () => {
  test.each([
    "INSERT INTO papers VALUES (2, 'x')",
    "INSERT INTO papers FROM INFILE '/etc/passwd' FORMAT LineAsString",
    'DROP TABLE papers',
    'SELECT 1; DROP TABLE papers',
    'TRUNCATE TABLE papers',
    'ALTER TABLE papers DELETE WHERE 1',
    'CREATE TABLE copy ENGINE = Memory AS SELECT * FROM papers',
    'CREATE TEMPORARY TABLE copy (id UInt32)',
    'CREATE FUNCTION f AS x -> x',
    'OPTIMIZE TABLE papers',
    'SYSTEM STOP MERGES',
    'KILL QUERY WHERE 1',
    'SET readonly = 0',
    'SET max_execution_time = 1000',
    'SELECT 1 SETTINGS readonly = 0',
    'SELECT 1 SETTINGS max_execution_time = 1000',
    'USE system',
    'EXECUTE AS default SELECT 1',
  ])('%s', async (sql) => {
    for (const ask of [asUser, asFile])
      await expect(ask(sql)).rejects.toMatchObject({ code: 'WAREHOUSE_QUERY' });
    expect(await under.warehouse.query('SELECT count() AS n FROM papers')).toEqual([{ n: 1 }]);
    expect(await under.warehouse.query('SHOW TABLES')).toEqual([{ name: 'papers' }]);
  });

  test('a file, by INTO OUTFILE', async () => {
    const file = join(under.directory, 'out.txt');
    for (const sql of [`SELECT 1 INTO OUTFILE '${file}'`, `SELECT 1 INTO/**/OUTFILE '${file}' TRUNCATE`]) {
      await expect(asUser(sql)).rejects.toMatchObject({ code: 'WAREHOUSE_QUERY' });
    }
    expect(existsSync(file)).toBe(false);
  });
});

describe('a user may not look outside', () => {
  test.each([
    "SELECT file('/etc/passwd')",
    "SELECT FILE('/etc/passwd')",
    "SELECT `file`('/etc/passwd')",
    'SELECT "file"(\'/etc/passwd\')',
    "SELECT 1 AS `a'`, file('/etc/passwd'), 'b'",
    "SELECT 'a\\\\', file('/etc/passwd'), 'b'",
    "SELECT $$a'$$, file('/etc/passwd'), 'b'",
    "SELECT /* ' */ file('/etc/passwd') -- '",
    "SELECT arrayMap(file, ['/etc/passwd'])",
    "SELECT * APPLY(file) FROM (SELECT '/etc/passwd' AS path)",
    "WITH file AS f SELECT f('/etc/passwd')",
    "SELECT arrayMap((`file`) AS f, ['/etc/passwd'])",
    "SELECT arrayMap(((file)), ['/etc/passwd'])",
    "SELECT arrayMap(lambda(tuple(x), file(x)), ['/etc/passwd'])",
    "SELECT * APPLY file FROM (SELECT '/etc/passwd' AS path)",
    "SELECT file('/etc/passwd', 'or else')",
    "SELECT * FROM eval('SELECT file(\\'/etc/passwd\\')')",
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "DESCRIBE TABLE file('/etc/passwd')",
    'SELECT * FROM "/etc/passwd"',
    'SELECT * FROM default."/etc/passwd"',
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "DESCRIBE TABLE url('http://127.0.0.1:1/a.csv')",
    "SELECT * FROM s3('http://127.0.0.1:1/bucket/a.csv', 'CSV', 'a String')",
    "SELECT * FROM remote('127.0.0.1:9000', system.one)",
    "SELECT * FROM executable('ls', 'TSV', 'a String')",
    "SELECT catboostEvaluate('/etc/passwd', 1)",
    'SELECT * FROM system.processes',
    'SELECT * FROM `system`.`stack_trace`',
    'SELECT * FROM system . server_settings',
    "SELECT * FROM merge('system', 'processes')",
    'SELECT * FROM {db:Identifier}.{table:Identifier}',
    'SHOW PROCESSLIST',
    "SHOW SETTINGS LIKE '%'",
    'SHOW CLUSTERS',
  ])('%s', async (sql) => {
    for (const ask of [asUser, asFile])
      await expect(ask(sql, LIMITS, { db: 'system', table: 'processes' })).rejects.toMatchObject({
        code: 'WAREHOUSE_QUERY',
      });
  });
});

describe('a query that asks for too much is stopped', () => {
  test.each([
    [
      'time',
      'SELECT count() FROM numbers(1e18) WHERE sipHash64(number) = 1',
      { seconds: 0.5 },
      'TIMEOUT_EXCEEDED',
    ],
    ['rows', 'SELECT number FROM numbers(1001)', {}, 'TOO_MANY_ROWS_OR_BYTES'],
    ['memory', 'SELECT groupArray(number) FROM numbers(100000000)', {}, 'MEMORY_LIMIT_EXCEEDED'],
  ])('%s', async (_what, sql, limits, type) => {
    for (const ask of [asUser, asFile])
      await expect(ask(sql, { ...LIMITS, ...limits })).rejects.toMatchObject({
        code: 'WAREHOUSE_QUERY',
        message: expect.stringContaining(type),
      });
    await under.warehouse.ping();
  });
});

test('a value of a parameter is never SQL', async () => {
  const sql = 'SELECT {text:String} AS text, {list:Array(String)} AS list, {n:UInt8} + 1 AS n';
  for (const text of [
    "'; DROP TABLE papers --",
    '\\',
    "\\'",
    '{n:UInt8}',
    '日本\n\t\0🙂',
    "') UNION ALL SELECT 1 --",
  ]) {
    const params = { text, list: [text, ''], n: '41' };
    expect(await asUser(sql, LIMITS, params)).toEqual([{ text, list: [text, ''], n: 42 }]);
  }
  for (const n of ['1 OR 1', '(SELECT 1)', "1'"])
    await expect(asUser('SELECT {n:UInt8} AS n', LIMITS, { n })).rejects.toMatchObject({
      code: 'WAREHOUSE_QUERY',
    });
});

test('the engine reads no files and no network, not even for the project itself', async () => {
  for (const sql of [
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "SELECT file('/etc/passwd')",
  ]) {
    await expect(under.warehouse.query(sql)).rejects.toMatchObject({ code: 'WAREHOUSE_QUERY' });
  }
});

describe('without the key and a password, requests are refused', () => {
  test.each([
    ['nobody', {}],
    ['the user without a password', { 'X-ClickHouse-User': 'default' }],
    ['nobody, with a wrong key', { 'X-Engine-Key': 'a guess' }],
    ['the project', { 'X-ClickHouse-User': 'owner', 'X-ClickHouse-Key': 'a guess' }],
  ])('as %s', async (_who, headers) => {
    const { url } = under.engine.current();
    for (const sql of ['SYSTEM STOP LISTEN HTTP', 'SELECT 1']) {
      const answers = [fetch(url, { method: 'POST', body: sql, headers }), fetch(`${url}/play`, { headers })];
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([404, 404]);
    }
    await under.warehouse.ping();
  });

  test('with the key, but without a password, neither', async () => {
    const { url, embedded } = under.engine.current();
    const asOwner = { ...embedded?.headers, 'X-ClickHouse-User': 'owner', 'X-ClickHouse-Key': 'a guess' };
    expect((await fetch(url, { method: 'POST', body: 'SELECT 1', headers: asOwner })).status).toBe(403);
  });

  test('and the passwords are in one file, which only its owner can read', async () => {
    const { password, analyst } = under.engine.current();
    const { stdout } = await promisify(execFile)('ps', [
      'eww',
      '-o',
      'command=',
      '-p',
      String(under.engine.pid),
    ]);
    for (const secret of [password, analyst?.password]) {
      expect(secret).toMatch(/^[\w-]{32}$/);
      expect(stdout).not.toContain(secret);
    }
    expect((await stat(join(under.directory, 'engine.json'))).mode & 0o777).toBe(0o600);
  });
});
