import { expect, test } from 'vitest';
import { loadQueries, parseMigration, readMigrations } from './projections.ts';
import { temporaryFolder } from './testing/temporary.ts';

test('statements end at a semicolon that ends a line, and nowhere else', () => {
  const { statements, creates } = parseMigration(
    'a/001_a.sql',
    `-- a remark; with a semicolon;
     CREATE TABLE IF NOT EXISTS a (x String DEFAULT 'semi;colon') ENGINE = MergeTree
     ORDER BY x;

     create materialized view \`v\` TO a AS SELECT splitByChar(';', x) AS x
       -- a remark;
     FROM events; \t
     CREATE VIEW w AS SELECT 1; SELECT 2`,
  );
  expect(statements).toHaveLength(3);
  expect(statements[1]).toMatch(/^create materialized view[^-]*FROM events$/);
  expect(creates).toEqual(['a', 'v', 'w']);
});

test('a migration is known by its text', () => {
  const sha = (text: string) => parseMigration('a/001_a.sql', text).sha256;
  expect(sha('SELECT 1;')).toBe('17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a');
  expect(sha('SELECT 1;\n')).not.toBe(sha('SELECT 1;'));
});

test('migrations come events first, then by folder, then by number; queries by question and name', async () => {
  await using folder = await temporaryFolder({
    'drift/002_b.sql': 'SELECT 2;',
    'drift/001_a.sql': 'SELECT 1;',
    'audit/001_a.sql': 'SELECT 1;',
    'events/001_events.sql': 'SELECT 1;',
    'drift/queries/by-day.sql': 'SELECT {day:Date}',
    'drift/queries/notes.md': '',
    'README.md': '',
  });
  expect((await readMigrations(folder.path)).map(({ file }) => file)).toEqual([
    'events/001_events.sql',
    'audit/001_a.sql',
    'drift/001_a.sql',
    'drift/002_b.sql',
  ]);
  expect([...(await loadQueries(folder.path))]).toEqual([['drift/by-day', 'SELECT {day:Date}']]);
});
