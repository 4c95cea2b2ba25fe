import { InvalidInput } from '../../ml/errors.ts';
import { NUMBER, readCells } from '../../ml/records/csv.ts';
import { parseObject, readLines, type TextFile } from '../../ml/records/lines.ts';
import { assertNotNamedParquet, isParquet, openParquet } from '../../ml/records/parquet.ts';
import { quoted } from '../../ml/records/shell-word.ts';
import { isCsvName } from '../rows.ts';
import { type Cell, csvCell, jsonCell } from './cell.ts';
import { count, newTally, type Tally } from './tally.ts';

/** How many rows are kept to compare columns with each other; all are counted. */
const MAX_ROWS = 10_000;
/** cells kept, and values kept of all columns together: a wide file keeps less rows */
const MAX_CELLS = 1_000_000;
const MAX_COLUMNS = 2_000;

/** What is known of a file: counts of all rows, and the first of them. */
export interface Sample {
  readonly file: string;
  readonly format: 'csv' | 'jsonl' | 'parquet';
  /** counts of each column, in the order of the file */
  readonly tallies: ReadonlyMap<string, Tally>;
  /** the first rows, at most 10,000: a cell a column */
  readonly rows: readonly (readonly (Cell | null)[])[];
  /** rows in all */
  readonly total: number;
  /** lines that hold no row, and why the first of them does not */
  readonly unreadable: { readonly lines: number; readonly reason: string };
}

/**
 * Reads a file of rows once, in bounded memory beside the file's own bytes.
 *
 * @throws InvalidInput with what to change: for a file that is empty, has a header only, names a column twice or not at
 * all, or is no lines of JSON; and what reading bytes throws
 */
export async function readSample(file: TextFile): Promise<Sample> {
  if (isParquet(file)) return readParquetSample(file);
  assertNotNamedParquet(file);
  if (BINARY.test(file.name)) {
    throw new InvalidInput(
      'format',
      `${file.name}: save it as CSV with a header, as Parquet, or as one JSON object a line`,
    );
  }
  return isCsvName(file.name) ? readCsvSample(file) : readLinesSample(file);
}

const BINARY = /\.(xlsx?|ods|feather|arrow|sqlite|db|zip)(\.gz|\.zst)?$/i;

async function readCsvSample(file: TextFile): Promise<Sample> {
  let names: string[] | undefined;
  let collected: Collected | undefined;
  for await (const { number, cells, hasDecimalCommas } of readCells(file)) {
    if (!names || !collected) {
      names = cells.map((name) => name.trim());
      checkHeader(file.name, names);
      collected = new Collected(names);
    } else
      collected.add(
        names.map((_, i) => csvCell(cells[i] ?? '', hasDecimalCommas)),
        number,
      );
  }
  if (!collected || collected.total === 0) {
    throw new InvalidInput('empty', `${file.name} has a header and no rows: add the rows to learn from`);
  }
  return { file: file.name, format: 'csv', unreadable: { lines: 0, reason: '' }, ...collected.result() };
}

function checkHeader(file: string, names: readonly string[]): void {
  const refuse = (reason: string) => new InvalidInput('header', `${file}: ${reason}`);
  if (names.some((name) => NUMBER.test(name) && !/^\d+$/.test(name))) {
    throw refuse(`the first line has to name the columns; it holds numbers: ${names.slice(0, 5).join(', ')}`);
  }
  const unnamed = names.indexOf('');
  if (unnamed >= 0) {
    throw refuse(
      `column ${unnamed + 1} has no name: give it one, or leave it out (pandas: to_csv(…, index=False))`,
    );
  }
  const twice = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
  if (twice.length > 0) {
    const columns = twice.map((name) => `'${name}'`).join(', ');
    throw refuse(`the header names ${columns} more than once: give each column a name of its own`);
  }
  const long = names.find((name) => name.length > 200);
  if (long !== undefined)
    throw refuse(`the column '${long.slice(0, 60)}…' has a name of more than 200 characters`);
  if (names.length > MAX_COLUMNS) {
    throw refuse(`${names.length} columns are too many: at most ${MAX_COLUMNS} can be declared`);
  }
}

async function readLinesSample(file: TextFile): Promise<Sample> {
  const collected = new Collected([]);
  let lines = 0;
  let reason = '';
  for await (const line of readLines(file)) {
    if (collected.total + lines === 0 && /^\s*\[/.test(line.text ?? '')) throw isArray(file.name);
    const { fields, fault } = parseObject(line);
    if (fields) collected.addFields(fields, line.number);
    else {
      if (lines === 0) reason = `line ${line.number}: ${fault.reason}`;
      lines += 1;
    }
    if (collected.columns > MAX_COLUMNS) {
      throw new InvalidInput(
        'fields',
        `${file.name}: its objects have more than ${MAX_COLUMNS} different fields`,
      );
    }
  }
  if (collected.total > 0)
    return { file: file.name, format: 'jsonl', unreadable: { lines, reason }, ...collected.result() };
  const advice = 'give one JSON object a line, or a file whose name ends with .csv';
  throw new InvalidInput('rows', `${file.name} holds no rows; ${reason}: ${advice}`);
}

async function readParquetSample(file: TextFile): Promise<Sample> {
  const { columns, rows } = await openParquet(file);
  const names = columns.map(({ name }) => name);
  checkHeader(file.name, names);
  const collected = new Collected(names);
  let lines = 0;
  let reason = '';
  for await (const { number, values, notUtf8 } of rows(names)) {
    if (values) collected.addFields(values, number);
    else if (lines++ === 0)
      reason = `row ${number}: ${notUtf8 === undefined ? 'it is too long' : `${notUtf8} is not UTF-8`}`;
  }
  return { file: file.name, format: 'parquet', unreadable: { lines, reason }, ...collected.result() };
}

const isArray = (file: string) =>
  new InvalidInput(
    'array',
    `${file} is a JSON array: one object a line is needed, which jq -c '.[]' ${quoted(file)} > rows.jsonl writes`,
  );

/** Counts rows, and keeps the first. */
class Collected {
  total = 0;
  readonly #tallies: Map<string, Tally>;
  readonly #rows: (Cell | null)[][] = [];
  #cells = 0;

  constructor(names: readonly string[]) {
    this.#tallies = new Map(names.map((name) => [name, newTally()]));
  }

  get columns(): number {
    return this.#tallies.size;
  }

  add(row: (Cell | null)[], line: number): void {
    const maxDistinct = Math.min(MAX_ROWS, Math.floor(MAX_CELLS / this.columns));
    let column = 0;
    for (const tally of this.#tallies.values()) count(tally, row[column++] ?? null, line, maxDistinct);
    this.total += 1;
    this.#cells += row.length;
    if (this.#rows.length < MAX_ROWS && this.#cells <= MAX_CELLS) this.#rows.push(row);
  }

  /** A row by name; a field that was not there before was missing in all rows before. */
  addFields(fields: Readonly<Record<string, unknown>>, line: number): void {
    for (const name of Object.keys(fields)) {
      if (this.#tallies.has(name)) continue;
      this.#tallies.set(name, { ...newTally(), rows: this.total, missing: this.total });
    }
    this.add(
      [...this.#tallies.keys()].map((name) => jsonCell(fields[name])),
      line,
    );
  }

  result(): Pick<Sample, 'tallies' | 'rows' | 'total'> {
    return { tallies: this.#tallies, rows: this.#rows, total: this.total };
  }
}
