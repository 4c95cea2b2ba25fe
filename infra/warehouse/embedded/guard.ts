import { EngineError, escaped, type Run } from './engine.ts';

/**
 * A ClickHouse server refuses to a read-only user what the embedded engine still does under `readonly = 1`:
 * to write a file with INTO OUTFILE, to read one with the function `file`, to stop merges and kill queries, to
 * look into the server's own tables. The engine's own parser reduces the SQL to one statement in a normal
 * form, without comments; there, literals aside, every word is a keyword or a name, and these are judged.
 */
const READING =
  /^\(*(?:SELECT|WITH|DESCRIBE|EXISTS|EXPLAIN)\b|^SHOW (?:CREATE|(?:(?:EXTENDED|FULL|TEMPORARY) )*(?:TABLES|COLUMNS|DATABASES|INDEXES|FUNCTIONS))\b/;
/** Names that nothing else has. `sleepEachRow` and the like do nothing but hold a slot. */
const FORBIDDEN =
  /\b(INTO OUTFILE|sleepEachRow|catboostEvaluate|ai(?:Classify|Embed|Extract|Generate|Translate)|\w+:Identifier)\b/i;
/** Functions that have the names of common columns. A name is a function before a parenthesis, and after APPLY. */
const FORBIDDEN_CALL = /\b(?<name>file|sleep)\b`? ?\(|\bAPPLY \(*`?(?<applied>file|sleep)\b/i;
/** It may be one as the first of several arguments, where a function of higher order takes it for one. */
const FIRST_ARGUMENT =
  /\w`?\((?<opened>\(*)`?(?<name>file|sleep)\b`?(?<closed>\)*)(?: AS (?:\w+|`[^`]*`))?,/gi;
const SYSTEM_TABLE = /\b(?:system|information_schema)`?\s*\.\s*`?(\w+)/gi;
const OPEN_TABLES = new Set([
  ...['one', 'numbers', 'numbers_mt', 'zeros', 'databases', 'tables', 'columns', 'functions', 'parts'],
]);
const QUOTED = /'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`/gs;

/** Resolves when SQL does nothing but read tables of the warehouse, else rejects with EngineError READONLY. */
export async function assertReadsOnly(run: Run, sql: string): Promise<void> {
  const normalForm = await run({
    sql: 'SELECT formatQuerySingleLine({sql:String})',
    database: undefined,
    settings: {},
    params: { sql: escaped(sql) },
    format: 'RawBLOB',
  });
  const words = normalForm.text().replace(QUOTED, withoutLiteral);
  if (!READING.test(words)) throw refused(/^SHOW \w+|^\S+/.exec(words)?.[0]);
  const forbidden = FORBIDDEN.exec(words);
  if (forbidden) throw refused(forbidden[0]);
  const name = forbiddenFunction(words);
  if (name) throw refused(`the function ${name}`, `if it is a column, write its table too, t.${name}`);
  for (const [name, table] of words.matchAll(SYSTEM_TABLE)) {
    if (!OPEN_TABLES.has(table?.toLowerCase() ?? '')) throw refused(name);
  }
}

function forbiddenFunction(words: string): string | undefined {
  const called = FORBIDDEN_CALL.exec(words)?.groups;
  const passed = [...words.matchAll(FIRST_ARGUMENT)].find(
    ({ groups }) => groups?.opened?.length === groups?.closed?.length,
  );
  return called?.name ?? called?.applied ?? passed?.groups?.name;
}

/** A string becomes empty; a quoted name stays, for it names something. */
const withoutLiteral = (quoted: string): string =>
  quoted.startsWith("'") ? "''" : quoted.replaceAll("'", '');

function refused(what: string | undefined, advice?: string): EngineError {
  const message = `Cannot execute query in readonly mode: ${what} is not available`;
  return new EngineError(164, 'READONLY', advice ? `${message}; ${advice}` : message);
}
