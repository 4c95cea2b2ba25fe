import { ClickHouseError, type ClickHouseSettings } from '@clickhouse/client';
import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import type { AnswerFormat, QueryLimits, Warehouse } from '../../kernel/ports/warehouse.ts';

/** Bytes of an answer in the memory of ClickHouse: of one that is held in ours as rows, and of a file. */
const MAX_ROWS_BYTES = 32_000_000;
const MAX_FILE_BYTES = 500_000_000;
/** A group of rows of a Parquet file is held in memory while it is written. */
const PARQUET_GROUP_ROWS = 100_000;

const FORMATS: Readonly<Record<AnswerFormat, string>> = {
  json: 'JSONEachRow',
  csv: 'CSVWithNames',
  parquet: 'Parquet',
  arrow: 'Arrow',
};

/** What ClickHouse enforces of the limits of SQL of a user, whatever that says. */
export const readOnly = (limits: QueryLimits): ClickHouseSettings => ({
  max_execution_time: limits.seconds,
  timeout_overflow_mode: 'throw',
  max_result_rows: String(limits.resultRows),
  max_result_bytes: String(MAX_ROWS_BYTES),
  result_overflow_mode: 'throw',
  max_memory_usage: String(limits.memoryBytes),
  readonly: '1',
  default_format: 'JSONEachRow', // EXPLAIN AST would explain the FORMAT clause too
});

/** The SQL as it is sent: positions in messages count from its first character. */
export const queryOf = (sql: string): string => sql.trim().replace(/(?:\s*;)+$/, '');

/** SQL of a user whose answer is a file. ClickHouse holds the whole answer back until it is complete: on its disk, not in memory. */
export const asFile = (sql: string, format: AnswerFormat, limits: QueryLimits) => ({
  query: `${queryOf(sql)}\nFORMAT ${FORMATS[format]}`,
  settings: {
    ...readOnly(limits),
    max_result_bytes: String(MAX_FILE_BYTES),
    output_format_parquet_row_group_size: String(PARQUET_GROUP_ROWS),
    format_csv_null_representation: '',
    wait_end_of_query: 1,
  } satisfies ClickHouseSettings,
});

/** ClickHouse looks at the time limit between blocks of rows only. */
export const overrun = ({ seconds }: QueryLimits, overMs: number): EpochlogError =>
  new EpochlogError(
    'WAREHOUSE_QUERY',
    `the query ran on for ${overMs / 1000} s after its limit of ${seconds} s and was given up: look for an expensive ` +
      'function over long texts or arrays (TIMEOUT_EXCEEDED)',
  );

const TABLES = `
  SELECT name FROM system.tables
  WHERE database = currentDatabase() AND engine NOT IN ('MaterializedView', 'Null')
    AND name NOT IN ('migrations', 'migration_lock') AND NOT startsWith(name, 'projector_')
  ORDER BY name`;

const named = (error: ClickHouseError, name = error.type): string => `(ClickHouse ${error.code} ${name})`;

/** An error of SQL of a user, told with what to change; undefined where the words of ClickHouse say enough. */
export async function explained(
  error: unknown,
  sql: string,
  limits: QueryLimits,
  warehouse: Pick<Warehouse, 'query'>,
): Promise<EpochlogError | undefined> {
  if (!(error instanceof ClickHouseError)) return undefined;
  const table = unknownTable(error);
  const tables = table === undefined ? [] : await warehouse.query<{ name: string }>(TABLES);
  const message = table === undefined ? meaningOf(error, sql, limits) : noTable(table, tables);
  if (message === undefined) return undefined;
  const name = error.code === SYNTAX ? 'SYNTAX_ERROR' : error.type; // the client takes the first brackets for it
  return new EpochlogError('WAREHOUSE_QUERY', `${message} ${named(error, name)}`, { cause: error });
}

const SYNTAX = '62';

function unknownTable({ code, message }: ClickHouseError): string | undefined {
  if (code !== '60') return undefined;
  return /identifier '([^']+)'|[Tt]able (?:\w+\.)?`?(\w+)`? does not exist/
    .exec(message)
    ?.slice(1)
    .find(Boolean);
}

const noTable = (table: string, tables: readonly { name: string }[]): string => {
  const names = tables.map(({ name }) => name);
  const meant = suggestion(table.replace(/^\w+\./, ''), names);
  return `there is no table ${table}; ${meant} \`epochlog sql --schema\` shows all, with their columns`;
};

function meaningOf({ code, message }: ClickHouseError, sql: string, limits: QueryLimits): string | undefined {
  switch (code) {
    case SYNTAX:
      return syntaxError(message, queryOf(sql));
    case '47': // UNKNOWN_IDENTIFIER
      return noColumn(message);
    case '158': // TOO_MANY_ROWS
    case '396': // TOO_MANY_ROWS_OR_BYTES
      return /max rows/.test(message)
        ? `the answer has more than ${limits.resultRows.toLocaleString('en')} rows: add LIMIT, or put rows together with GROUP BY`
        : 'the answer is larger than it may be: select fewer columns, or add LIMIT';
    case '159': // TIMEOUT_EXCEEDED
      return (
        `the query took longer than its limit of ${limits.seconds} s: read fewer rows, by conditions on the columns that ` +
        'the table is sorted by (of predictions: model and served_at), or a rollup in place of single rows'
      );
    case '241': // MEMORY_LIMIT_EXCEEDED
      if (message.includes('(total)')) return undefined;
      return (
        `the query needs more than its ${Math.round(limits.memoryBytes / 1e6)} MB of memory: read fewer rows or columns, ` +
        'group by what has fewer values, and have the smaller table on the right side of a JOIN'
      );
    case '164': // READONLY
      return 'SQL of users only reads, and changes no setting: leave out SETTINGS and SET';
    case '497': {
      const right = /have the grant (.+?)\.?\s*$/.exec(message)?.[1] ?? 'that it asks for';
      return `SQL of users only reads the tables of epochlog: it has not the right ${right}`;
    }
    case '456': {
      const name = /`(\w+)`/.exec(message)?.[1] ?? 'of it';
      return `the SQL has a parameter {${name}:…} without a value: give --param ${name}=VALUE, over HTTP {"params": {"${name}": …}}`;
    }
    default:
      return undefined;
  }
}

/** ClickHouse says of a column which scope it is not in; its own suggestions are kept. */
function noColumn(message: string): string | undefined {
  const [, column] =
    /^Unknown (?:\w+ )*identifier [`']([^`']+)[`']|^Identifier '([^']+)'/.exec(message)?.filter(Boolean) ??
    [];
  if (column === undefined) return undefined;
  const [, meant] = /Maybe you meant: \['([^']+)'/.exec(message) ?? [];
  const advice = meant === undefined ? '' : ` did you mean ${meant}?`;
  return `there is no column ${column};${advice} \`epochlog sql --schema TABLE\` shows those of a table`;
}

const SHOWN = 40;

/** Where it is, and what stands there. Positions are of bytes, from 1. */
function syntaxError(message: string, sql: string): string {
  if (message.includes('Empty query')) return 'there is no SQL: write a SELECT';
  const at = Number(/failed at position (\d+)/.exec(message)?.[1] ?? 0);
  const before = Buffer.from(sql)
    .subarray(0, Math.max(0, at - 1))
    .toString();
  const lines = before.split('\n');
  const place = `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
  const rest = sql.slice(before.length).split('\n', 1)[0] ?? '';
  const found =
    rest === '' ? 'where it ends' : `at '${rest.length > SHOWN ? `${rest.slice(0, SHOWN)}…` : rest}'`;
  return `syntax error in ${place}, ${found}${adviceOn(message, sql, rest)}`;
}

function adviceOn(message: string, sql: string, rest: string): string {
  if (/Multi-statements/.test(message)) return ': write one statement, without a semicolon in it';
  if (/^FORMAT\b/i.test(rest) || /\bFORMAT\s+\w+$/i.test(sql))
    return ": leave out FORMAT; the option --format, over HTTP 'format', chooses it";
  const hint =
    /((?:Single|Double|Back) quoted string is not closed|Unmatched parentheses|Expected one of: [^,.]+(?:, [^,.]+){0,3})/.exec(
      message,
    )?.[1];
  return hint === undefined ? '' : `: ${hint}`;
}
