import { EngineError, escaped, type Run } from './engine.ts';

/**
 * A ClickHouse server refuses a read-only user what the embedded engine still allows under `readonly = 1`: writing a
 * file with INTO OUTFILE, reading one with the function `file`, stopping merges, killing queries, reading system tables.
 * The engine's parser reduces the SQL to one normalised statement without comments; in it, apart from literals, every
 * word is a keyword or a name, and is checked here.
 */
const READING =
  /^\(*(?:SELECT|WITH|DESCRIBE|EXISTS|EXPLAIN)\b|^SHOW (?:CREATE|(?:(?:EXTENDED|FULL|TEMPORARY) )*(?:TABLES|COLUMNS|DATABASES|INDEXES|FUNCTIONS))\b/;
/** Unambiguous names. `sleepEachRow` and the like only occupy a slot. */
const FORBIDDEN =
  /\b(INTO OUTFILE|sleepEachRow|catboostEvaluate|ai(?:Classify|Embed|Extract|Generate|Translate)|\w+:Identifier)\b/i;
/** Functions that share their names with common columns. A name is a function before a parenthesis, and after APPLY. */
const FORBIDDEN_CALL = /\b(?<name>file|sleep)\b`? ?\(|\bAPPLY \(*`?(?<applied>file|sleep)\b/i;
/** As the first of several arguments it may be one too: a higher-order function takes a function there. */
const FIRST_ARGUMENT =
  /\w`?\((?<opened>\(*)`?(?<name>file|sleep)\b`?(?<closed>\)*)(?: AS (?:\w+|`[^`]*`))?,/gi;
const SYSTEM_TABLE = /\b(?:system|information_schema)`?\s*\.\s*`?(\w+)/gi;
const OPEN_TABLES = new Set([
  ...['one', 'numbers', 'numbers_mt', 'zeros', 'databases', 'tables', 'columns', 'functions', 'parts'],
]);
const QUOTED = /'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`/gs;

/** Rejects with EngineError READONLY unless the SQL only reads tables of the warehouse. */
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

/** Empties strings; keeps quoted names. */
const withoutLiteral = (quoted: string): string =>
  quoted.startsWith("'") ? "''" : quoted.replaceAll("'", '');

function refused(what: string | undefined, advice?: string): EngineError {
  const message = `Cannot execute query in readonly mode: ${what} is not available`;
  return new EngineError(164, 'READONLY', advice ? `${message}; ${advice}` : message);
}
