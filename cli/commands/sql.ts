import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { EpochlogError, systemCodeOf } from '../../kernel/errors.ts';
import type { AnswerFormat, QueryLimits } from '../../kernel/ports/warehouse.ts';
import { identifier, sql as sqlText } from '../../kernel/texts.ts';
import { action, type Invocation } from '../action.ts';
import { checked, oneOf } from '../arguments.ts';
import { about } from '../help.ts';
import { readTextFile } from '../input-file.ts';
import { table } from '../output.ts';
import { creatable } from '../output-file.ts';
import { withProjections } from '../session.ts';
import { showSchema } from '../sql-schema.ts';

const LIMITS = { seconds: 60, memoryBytes: 1_000_000_000 };
/** Rows of a table on the terminal, which is held in memory, and of a file. */
const TABLE_ROWS = 10_000;
const FILE_ROWS = 1_000_000;

const FORMATS = ['table', 'json', 'csv', 'parquet', 'arrow'] as const;
type Format = 'table' | AnswerFormat;

type Row = Record<string, unknown>;
type Parameters = Readonly<Record<string, string>>;

interface Options {
  file?: string;
  param: Parameters;
  format?: Format;
  out?: string;
  schema?: boolean | string;
}

/** `epochlog sql SQL`: runs SQL on the projections, read-only. */
export function register(program: Command): void {
  const sql = about(program.command('sql'), 'look', [
    'npx epochlog sql --schema predictions',
    "npx epochlog sql 'SELECT version, count() AS n FROM predictions GROUP BY version'",
    "npx epochlog sql --param model=account-health 'SELECT * FROM versions WHERE model = {model:String}'",
    "npx epochlog sql --out predictions.parquet 'SELECT * FROM predictions'",
    'npx epochlog sql --file weekly.sql --format csv',
  ])
    .argument(
      '[sql]',
      "a SELECT, in ClickHouse's dialect; without it, what --file or standard input holds",
      query,
    )
    .description('run SQL on the projections, read-only')
    .option('--file <file>', 'a file with the SQL')
    .option('--param <name=value>', 'value of {name:Type} in the SQL; may be repeated', parameter, {})
    .addOption(
      new Option(
        '--format <format>',
        `${FORMATS.join(', ')} (default: as the file of --out ends, else table)`,
      )
        .argParser(oneOf('--format', FORMATS))
        .conflicts('json'),
    )
    .option('--out <file>', 'write the answer into a file: .json, .csv, .parquet or .arrow')
    .option('--schema [table]', 'show the tables, or one with its columns and what they mean; runs no SQL');
  action<Options & { json?: boolean }>(sql, async (options, invocation, text) => {
    const { schema = false } = options;
    if (schema === false) await run(options, invocation, text);
    else showSchema(schema === true ? undefined : schema, invocation.output);
  });
}

const NO_SQL = "give the SQL, such as 'SELECT count() FROM events', or a file with it (--file)";

function query(text: string): string {
  if (text.trim() === '') throw invalid(NO_SQL);
  return checked('the SQL', sqlText)(text);
}

async function run(
  { file, param, out, format = formatOf(out), json = false }: Options & { json?: boolean },
  { config, output }: Invocation,
  given?: string,
): Promise<void> {
  const sql = query(await textOf(given, file));
  if (format === 'table' && out !== undefined)
    throw invalid(
      `--out ${out} needs --format json, csv, parquet or arrow, or a name that ends with one of them`,
    );
  if (out === undefined && isBinary(format) && process.stdout.isTTY)
    throw invalid(`${format} is not for a terminal: name a file with --out`);
  await withProjections(config, async (session) => {
    await session.quiet();
    if (format === 'table' && !json) {
      const rows = await session.warehouse.query<Row>(sql, param, { ...LIMITS, resultRows: TABLE_ROWS });
      output.line(tableOf(rows, output.tableWidth));
      return;
    }
    const limits: QueryLimits = { ...LIMITS, resultRows: FILE_ROWS };
    const answer = await session.warehouse.answer(sql, format === 'table' ? 'json' : format, param, limits);
    if (out === undefined) return print(answer);
    await pipeline(answer, createWriteStream(creatable(out)));
    output.line(`written to ${out}`);
  });
}

/** Writes to standard output, until its reader has seen enough. */
async function print(answer: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const bytes of answer) if (!process.stdout.write(bytes)) await once(process.stdout, 'drain');
  } catch (error) {
    if (systemCodeOf(error) !== 'EPIPE') throw error;
  }
}

/** The SQL of the argument, of a file, or of standard input. */
async function textOf(given: string | undefined, file: string | undefined): Promise<string> {
  if (given !== undefined && file !== undefined)
    throw invalid('give the SQL, or a file with it (--file), not both');
  if (given !== undefined && given !== '-') return given;
  if (file !== undefined) return readTextFile(file);
  if (process.stdin.isTTY && given === undefined) throw invalid(NO_SQL);
  return (await process.stdin.setEncoding('utf8').toArray()).join('');
}

/** `name=value`, collected into one object: ClickHouse reads each value as the type that the SQL names. */
function parameter(text: string, before: Parameters): Parameters {
  const at = text.indexOf('=');
  const name = text.slice(0, at);
  if (at < 1 || !/^\w+$/.test(name))
    throw invalid(`--param takes name=value, as {name:Type} in the SQL, not '${text}'`);
  return { ...before, [checked('--param', identifier)(name)]: text.slice(at + 1) };
}

function formatOf(out: string | undefined): Format {
  const ending = /\.(json|jsonl|csv|parquet|arrow|feather)$/i.exec(out ?? '')?.[1]?.toLowerCase();
  if (ending === 'jsonl') return 'json';
  if (ending === 'feather') return 'arrow';
  return FORMATS.find((format) => format === ending) ?? 'table';
}

const isBinary = (format: Format): boolean => format === 'parquet' || format === 'arrow';
const invalid = (message: string): EpochlogError => new EpochlogError('INPUT_INVALID', message);

function tableOf(rows: readonly Row[], width: number): string {
  const total = rows.length === 1 ? '1 row' : `${rows.length} rows`;
  const [first] = rows;
  if (!first) return total;
  const cells = rows.map((row) => Object.values(row).map(cell));
  return `${table(Object.keys(first), cells, width)}\n${total}`;
}

const cell = (value: unknown): string | number | null => {
  if (typeof value === 'number' || typeof value === 'string' || value === null) return value;
  return JSON.stringify(value);
};
