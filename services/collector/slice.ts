import { EpochlogError } from '../../kernel/errors.ts';
import { parseDay } from '../../ml/records/day.ts';
import type { TextFile } from '../../ml/records/lines.ts';
import { type Row, readRow, readRows } from '../../tasks/rows.ts';
import type { Task } from '../../tasks/task.ts';

/** What is known of each row before it is read again: enough to put the rows in order. */
export interface IndexedRow {
  number: number;
  /** milliseconds since the epoch; UNDATED where no time can be read */
  time: number;
  /** UTF-16 units */
  length: number;
}

/** The records from the day `from` on and before the day `to`, in UTC; null: without limit. Days as YYYY-MM-DD. */
export interface Slice {
  from: string | null;
  to: string | null;
}

const UNDATED = Number.NEGATIVE_INFINITY; // rows without a time come first, in a slice without a beginning
const ENDLESS = Number.POSITIVE_INFINITY;

/** As much text as is held to be put in order; a larger slice is read in several passes. */
const PASS_LENGTH = 1 << 25;

/**
 * Of a file so many rejected rows are told one by one; those after them are counted, and only parsed when they begin
 * as an object does: the others count as `not_an_object`.
 */
const MAX_REJECTED_ROWS = 1_000;

/** What is known of a file before it is read again. */
export interface Index {
  /** records, and the first rows that hold none */
  rows: readonly IndexedRow[];
  /** the other rows that hold none: by their time, how many of each code */
  surplus: ReadonlyMap<number, Readonly<Record<string, number>>>;
}

export async function indexRows(file: TextFile, task: Task): Promise<Index> {
  const rows: IndexedRow[] = [];
  const surplus = new Map<number, Record<string, number>>();
  let rejected = 0;
  for await (const row of readRows(file, task)) {
    const isFlood = rejected >= MAX_REJECTED_ROWS;
    if (isFlood && !row.maybeObject) {
      addTo(surplus, UNDATED, 'not_an_object');
      continue;
    }
    const { record, fault } = readRow(row, task);
    const at = record ? record.time : fault.time;
    const time = at ? Date.parse(at) : UNDATED;
    if (fault) rejected += 1;
    if (fault && isFlood) addTo(surplus, time, fault.code);
    else rows.push({ number: row.number, time, length: row.length });
  }
  return { rows, surplus };
}

function addTo(surplus: Map<number, Record<string, number>>, time: number, code: string): void {
  const counts = surplus.get(time) ?? {};
  counts[code] = (counts[code] ?? 0) + 1;
  surplus.set(time, counts);
}

/** How many rejected rows of a slice are not told one by one, by code. */
export function surplusIn({ surplus }: Index, slice: Slice): Record<string, number> {
  const isIn = timesIn(slice);
  const total: Record<string, number> = {};
  for (const [time, counts] of surplus) {
    if (!isIn(time)) continue;
    for (const [code, count] of Object.entries(counts)) total[code] = (total[code] ?? 0) + count;
  }
  return total;
}

/**
 * The rows of a slice in the order of their times, ties as in the file. Rows without a readable time belong to the slice
 * that has no `from`, so that slices which follow one another hold every row once.
 *
 * @throws EpochlogError INPUT_INVALID when a bound is not a date
 */
export async function* readSlice(
  file: TextFile,
  task: Task,
  index: Index,
  slice: Slice,
  passLength = PASS_LENGTH,
): AsyncGenerator<Row, void, undefined> {
  for (const pass of inPasses(rowsOf(index.rows, slice), passLength)) {
    const rows = await readPass(file, task, pass);
    for (const { number } of pass) yield rows.get(number)!;
  }
}

function rowsOf(rows: readonly IndexedRow[], slice: Slice): IndexedRow[] {
  const isIn = timesIn(slice);
  return rows.filter(({ time }) => isIn(time)).sort((a, b) => compare(a.time, b.time) || a.number - b.number);
}

const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

function timesIn({ from, to }: Slice): (time: number) => boolean {
  const first = from === null ? UNDATED : boundOf(from);
  const end = to === null ? ENDLESS : boundOf(to);
  return (time) => time >= first && time < end;
}

function* inPasses(rows: readonly IndexedRow[], passLength: number): Generator<IndexedRow[]> {
  let pass: IndexedRow[] = [];
  let held = 0;
  for (const row of rows) {
    if (pass.length > 0 && held + row.length > passLength) {
      yield pass;
      pass = [];
      held = 0;
    }
    pass.push(row);
    held += row.length;
  }
  if (pass.length > 0) yield pass;
}

async function readPass(file: TextFile, task: Task, pass: readonly IndexedRow[]): Promise<Map<number, Row>> {
  const wanted = new Set(pass.map(({ number }) => number));
  const rows = new Map<number, Row>();
  for await (const row of readRows(file, task)) {
    if (wanted.has(row.number)) rows.set(row.number, row);
    if (rows.size === wanted.size) break;
  }
  return rows;
}

function boundOf(date: string): number {
  const day = parseDay(date);
  if (day) return Date.parse(`${day}T00:00:00Z`);
  throw new EpochlogError('INPUT_INVALID', `'${date}' is not a date: write it as 2024-05-31`);
}
