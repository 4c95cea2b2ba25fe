import { Readable } from 'node:stream';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { CsvError as CsvParseError } from 'csv-parse';
import { nearest } from '../../kernel/nearest.ts';
import { InvalidInput } from '../errors.ts';
import { MAX_LINE_BYTES, readText, type TextFile } from './lines.ts';

export type CsvType = 'text' | 'number' | 'boolean';

/** The columns of a file: those that are read, typed, and those that may be there and are not. */
export interface CsvColumns {
  readonly types: Readonly<Record<string, CsvType>>;
  readonly required: readonly string[];
  readonly ignored: readonly string[];
  /** texts that mean a missing value, as the empty one does */
  readonly missing?: readonly string[];
  /** columns whose empty cells are null in a row, and not left out */
  readonly empty?: readonly string[];
  /** by name, what is in a column that a file lacks */
  readonly meanings?: Readonly<Record<string, string>>;
}

/** A row by column, without its empty cells. */
export interface CsvRow {
  /** the line that it ends on, from 1 */
  readonly number: number;
  /** undefined for a row of more than MAX_LINE_BYTES */
  readonly values: Readonly<Record<string, string | number | boolean>> | undefined;
  /** UTF-16 units of its cells */
  readonly length: number;
}

const ROWS_A_TURN = 1_000;
/** A number as a cell of CSV has it. */
export const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** as spreadsheets write it where the comma is taken: 1234,5 or 1.234,5 */
export const DECIMAL_COMMA = /^[+-]?\d+(\.\d{3})*,\d+$/;

/** The cells of a row, as texts. */
export interface CsvCells {
  /** the line that it ends on, from 1 */
  readonly number: number;
  readonly cells: readonly string[];
  /** whether 1234,5 is a number here: cells are not separated by commas */
  readonly hasDecimalCommas: boolean;
}

const SEPARATORS = [';', '\t', '|'];
/** characters in which a header ends */
const MAX_HEADER = 1 << 20;

/** What separates the cells of a file: a comma where its first line has one, else what is most often in it. */
function separatorOf(head: string): string {
  const [header = ''] = head.replaceAll(/"(?:[^"]|"")*"/g, '').split(/[\r\n]/, 1);
  if (header.includes(',')) return ',';
  const countOf = (mark: string) => header.split(mark).length - 1;
  const [most = ','] = SEPARATORS.toSorted((a, b) => countOf(b) - countOf(a));
  return countOf(most) > 0 ? most : ',';
}

/** The beginning of a text, at least its first line, and all of it. */
async function headOf(pieces: AsyncGenerator<string, void, undefined>) {
  let head = '';
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    head += next.value;
    if (/[^\uFEFF\r\n][\r\n]/.test(head) || head.length > MAX_HEADER) break;
  }
  async function* all() {
    yield head;
    yield* pieces;
  }
  return { head: head.replace(/^[\uFEFF\r\n]+/, ''), all: all() };
}

/** The number in a cell; undefined where it holds none. */
export function numberIn(cell: string, hasDecimalCommas: boolean): number | undefined {
  if (NUMBER.test(cell)) return Number(cell);
  if (hasDecimalCommas && DECIMAL_COMMA.test(cell)) return Number(cell.replaceAll('.', '').replace(',', '.'));
  return undefined;
}

/**
 * The rows of a CSV file (RFC 4180; gzip or plain, UTF-8), its header first; rows may have less cells than the first. Cells
 * are separated by commas, or by semicolons, tabs or `|` where the header has these and no comma.
 *
 * @throws InvalidInput `empty`; `csv` for quotes that do not close and rows with more cells; and what reading bytes throws
 */
export async function* readCells(file: TextFile): AsyncGenerator<CsvCells, void, undefined> {
  const { CsvError, parse } = await import('csv-parse');
  const { head, all } = await headOf(readText(file));
  const delimiter = separatorOf(head);
  const rows: AsyncIterable<{ record: string[]; info: { lines: number } }> = Readable.from(all).compose(
    parse({ bom: true, delimiter, info: true, relax_column_count_less: true, skip_empty_lines: true }),
  );
  let read = 0;
  try {
    for await (const { record, info } of rows) {
      if (++read % ROWS_A_TURN === 0) await yieldToEventLoop();
      yield { number: info.lines, cells: record, hasDecimalCommas: delimiter !== ',' };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new InvalidInput('csv', `${file.name} is not CSV: ${adviceOn(error)}`, { cause: error });
  }
  if (read === 0)
    throw new InvalidInput('empty', `${file.name} is empty: give a file whose first line names the columns`);
}

const QUOTING =
  'a cell with a comma, a quote or a line break in it needs quotes around it, and its own quotes twice';

/** What csv-parse says of a row: the line that it is on, the rows before it, and its cells. */
interface Fault extends Pick<CsvParseError, 'code' | 'message'> {
  readonly lines?: unknown;
  readonly records?: unknown;
  readonly record?: unknown;
}

/** What is wrong in which line, and what to do. */
function adviceOn({ code, message, lines, records, record }: Fault): string {
  switch (code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH': {
      const cells = Array.isArray(record) ? `${record.length} cells` : 'more cells';
      return `line ${lines} has ${cells}, more than the first line: ${QUOTING}`;
    }
    case 'CSV_QUOTE_NOT_CLOSED':
      return `a quote in row ${Number(records) + 1}, the header counted, is not closed until the end: ${QUOTING}`;
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'INVALID_OPENING_QUOTE':
      return `line ${lines} has a quote in the middle of a cell: ${QUOTING}`;
    default:
      return message;
  }
}

/**
 * The rows of a CSV file, read as `readCells` does, whose first line names the columns. A cell that does not fit its
 * column's type stays the text that it is; an empty one is left out.
 *
 * @throws InvalidInput `header` for a column that is unknown, missing or named twice, `csv` for quotes that do not close
 * and rows with more cells than columns; and what reading bytes throws
 */
export async function* readCsv(file: TextFile, columns: CsvColumns): AsyncGenerator<CsvRow, void, undefined> {
  let header: string[] | undefined;
  for await (const { number, cells, hasDecimalCommas } of readCells(file)) {
    if (header) yield { number, ...valuesOf(header, cells, columns, hasDecimalCommas) };
    else {
      header = cells.map((name) => name.trim());
      checkHeader(file.name, header, columns);
    }
  }
}

function checkHeader(
  file: string,
  header: readonly string[],
  { types, required, ignored, meanings }: CsvColumns,
): void {
  const known = [...Object.keys(types), ...ignored];
  const twice = header.filter((name, index) => header.indexOf(name) !== index);
  const unknown = header.filter((name, index) => header.indexOf(name) === index && !known.includes(name));
  const faults = twice.map((name) => `the column '${name}' is there twice`);
  if (unknown.length > 0) faults.push(unknownColumns(unknown, known));
  const missing = required.filter((name) => !header.includes(name));
  if (missing.length > 0) faults.push(missingColumns(missing, meanings));
  if (faults.length > 0) throw new InvalidInput('header', `${file}: ${faults.join('; ')}`);
}

const MAX_NAMED = 10;

/** Names the columns of a file that a task has not. */
export function unknownColumns(names: readonly string[], known: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).map((name) => {
    const meant = nearest(name, known);
    return `'${name}'${meant === undefined ? '' : ` (did you mean '${meant}'?)`}`;
  });
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
  const [columns, them] = names.length > 1 ? ['columns', 'them'] : ['column', 'it'];
  return `the task has no ${columns} ${shown.join(', ')}${more}: name ${them} there, or under 'ignore'`;
}

/** Names the columns that a file lacks, and says what is in them where that is known. */
export const missingColumns = (names: readonly string[], meanings: CsvColumns['meanings'] = {}): string =>
  `${names.map((name) => `'${name}'${meanings[name] === undefined ? '' : ` (${meanings[name]})`}`).join(', ')} missing`;

function valuesOf(
  header: readonly string[],
  cells: readonly string[],
  { types, missing = [] }: CsvColumns,
  hasDecimalCommas: boolean,
): Omit<CsvRow, 'number'> {
  let length = 0;
  const values: Record<string, string | number | boolean> = {};
  for (const [i, cell] of cells.entries()) {
    length += cell.length;
    const name = header[i]!;
    if (cell !== '' && Object.hasOwn(types, name) && !missing.includes(cell))
      values[name] = typed(cell, types[name]!, hasDecimalCommas);
  }
  return { values: length > MAX_LINE_BYTES ? undefined : values, length };
}

function typed(cell: string, type: CsvType, hasDecimalCommas: boolean): string | number | boolean {
  const text = cell.trim();
  if (type === 'number') return numberIn(text, hasDecimalCommas) ?? cell;
  if (type === 'boolean' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return cell;
}
