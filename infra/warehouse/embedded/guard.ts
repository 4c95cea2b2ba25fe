import { type Engine, EngineError, type Statement } from './engine.ts';

/**
 * A ClickHouse server refuses to a read-only user what the embedded engine still does under `readonly = 1`:
 * writing a file with INTO OUTFILE, reading one with the function `file`, stopping merges, killing queries,
 * looking into the server's own tables. The engine's parser reduces the SQL to one statement in a normal form
 * without comments, in which, literals aside, a word can only be a keyword or a name.
 */
const READING = /^\(*(SELECT|WITH|SHOW|DESCRIBE|EXISTS|EXPLAIN)\b/;
const LITERAL = /'(?:[^'\\]|\\.|'')*'/gs;
const FORBIDDEN = /\b(INTO OUTFILE|file|catboostEvaluate|ai(?:Classify|Generate|Embed|Extract|Translate))\b/i;
const SYSTEM_TABLE = /\b(?:system|information_schema)`?\s*\.\s*`?(\w+)/gi;
const OPEN_TABLES = new Set([
  'one',
  'numbers',
  'numbers_mt',
  'zeros',
  'databases',
  'tables',
  'columns',
  'functions',
  'parts',
]);

/** Resolves when the statement only reads tables of the warehouse, else EngineError READONLY. */
export async function assertReadsOnly(engine: Engine, statement: Statement): Promise<void> {
  const sql = statement.sql
    .replaceAll('\\', '\\\\')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('\0', '\\0');
  const normal = await engine.run({
    sql: 'SELECT formatQuerySingleLine({sql:String})',
    database: undefined,
    settings: {},
    params: { sql },
    format: 'RawBLOB',
  });
  const words = normal.text().replace(LITERAL, "''");
  const forbidden = READING.test(words) ? FORBIDDEN.exec(words)?.[0] : words.split(' ', 1)[0];
  if (forbidden !== undefined) throw refused(forbidden);
  for (const [name, table] of words.matchAll(SYSTEM_TABLE)) {
    if (!OPEN_TABLES.has(table?.toLowerCase() ?? '')) throw refused(name);
  }
}

const refused = (what: string): EngineError =>
  new EngineError(164, 'READONLY', `Cannot execute query in readonly mode: ${what} is not available`);
