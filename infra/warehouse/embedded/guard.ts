import { type Engine, EngineError, escaped } from './engine.ts';

/**
 * A ClickHouse server refuses to a read-only user what the embedded engine still does under `readonly = 1`:
 * to write a file with INTO OUTFILE, to read one with the function `file`, to stop merges and kill queries, to
 * look into the server's own tables. The engine's own parser reduces the SQL to one statement in a normal
 * form, without comments; there, literals aside, every word is a keyword or a name, and these are judged.
 */
const READING = /^\(*(SELECT|WITH|SHOW|DESCRIBE|EXISTS|EXPLAIN)\b/;
const FORBIDDEN =
  /\b(INTO OUTFILE|file|catboostEvaluate|ai(?:Classify|Embed|Extract|Generate|Translate)|\w+:Identifier)\b/i;
const SYSTEM_TABLE = /\b(?:system|information_schema)`?\s*\.\s*`?(\w+)/gi;
const OPEN_TABLES = new Set([
  ...['one', 'numbers', 'numbers_mt', 'zeros', 'databases', 'tables', 'columns', 'functions', 'parts'],
]);
const QUOTED = /'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`/gs;

/** Resolves when SQL does nothing but read tables of the warehouse, else rejects with EngineError READONLY. */
export async function assertReadsOnly(engine: Engine, sql: string): Promise<void> {
  const normalForm = await engine.run({
    sql: 'SELECT formatQuerySingleLine({sql:String})',
    database: undefined,
    settings: {},
    params: { sql: escaped(sql) },
    format: 'RawBLOB',
  });
  const words = normalForm.text().replace(QUOTED, withoutLiteral);
  if (!READING.test(words)) throw refused(words.split(' ', 1)[0]);
  const forbidden = FORBIDDEN.exec(words);
  if (forbidden) throw refused(forbidden[0]);
  for (const [name, table] of words.matchAll(SYSTEM_TABLE)) {
    if (!OPEN_TABLES.has(table?.toLowerCase() ?? '')) throw refused(name);
  }
}

/** A string becomes empty; a quoted name stays, for it names something. */
const withoutLiteral = (quoted: string): string =>
  quoted.startsWith("'") ? "''" : quoted.replaceAll("'", '');

const refused = (what: string | undefined): EngineError =>
  new EngineError(164, 'READONLY', `Cannot execute query in readonly mode: ${what} is not available`);
