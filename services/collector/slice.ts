import { EpochlogError } from '../../kernel/errors.ts';
import { parseDay } from '../../ml/records/day.ts';
import type { TextFile } from '../../ml/records/lines.ts';
import { readRows } from '../../tasks/rows.ts';
import type { Task } from '../../tasks/task.ts';
import { type ReadRow, readRowOf } from './facts.ts';
import { SortedRows } from './sorted-rows.ts';

/** The records from the day `from` on and before the day `to`, in UTC; null: without limit. Days as YYYY-MM-DD. */
export interface Slice {
  from: string | null;
  to: string | null;
}

const UNDATED = Number.NEGATIVE_INFINITY; // rows without a time come first, in a slice without a beginning
const ENDLESS = Number.POSITIVE_INFINITY;

/**
 * Of a file so many rejected rows are told one by one; those after them are counted, and only parsed when they begin
 * as an object does: the others count as `not_an_object`.
 */
const MAX_REJECTED_ROWS = 1_000;

/** A file that was read and parsed, once. */
export class Contents implements Disposable {
  readonly #rows: SortedRows;
  /** rows beyond the first that hold no record: by their time, how many of each code */
  readonly #surplus: ReadonlyMap<number, Readonly<Record<string, number>>>;

  constructor(rows: SortedRows, surplus: ReadonlyMap<number, Readonly<Record<string, number>>>) {
    this.#rows = rows;
    this.#surplus = surplus;
  }

  /**
   * The rows of a slice in the order of their times, ties as in the file. Rows without a readable time belong to the slice
   * that has no `from`, so that slices which follow one another hold every row once.
   *
   * @throws EpochlogError INPUT_INVALID when a bound is not a date
   */
  rowsIn(slice: Slice): AsyncGenerator<ReadRow, void, undefined> {
    const { first, end } = boundsOf(slice);
    return this.#rows.between(first, end);
  }

  [Symbol.dispose](): void {
    this.#rows[Symbol.dispose]();
  }

  /** How many rejected rows of a slice are not told one by one, by code. */
  surplusIn(slice: Slice): Record<string, number> {
    const { first, end } = boundsOf(slice);
    const total: Record<string, number> = {};
    for (const [time, counts] of this.#surplus) {
      if (time < first || time >= end) continue;
      for (const [code, count] of Object.entries(counts)) total[code] = (total[code] ?? 0) + count;
    }
    return total;
  }
}

/** Reads a file to its end. Throws InvalidInput where it cannot be read. */
export async function readContents(file: TextFile, task: Task, rows = new SortedRows()): Promise<Contents> {
  using stack = new DisposableStack();
  stack.use(rows);
  const surplus = new Map<number, Record<string, number>>();
  let rejected = 0;
  for await (const row of readRows(file, task)) {
    const isFlood = rejected >= MAX_REJECTED_ROWS;
    if (isFlood && !row.maybeObject) {
      addTo(surplus, UNDATED, 'not_an_object');
      continue;
    }
    const read = readRowOf(row, task);
    const at = (read.record ?? read.fault)?.time;
    const time = at ? Date.parse(at) : UNDATED;
    if (read.fault) rejected += 1;
    if (read.fault && isFlood) addTo(surplus, time, read.fault.code);
    else await rows.add(time, read, row.length);
  }
  stack.move(); // the contents have them now
  return new Contents(rows, surplus);
}

function addTo(surplus: Map<number, Record<string, number>>, time: number, code: string): void {
  const counts = surplus.get(time) ?? {};
  counts[code] = (counts[code] ?? 0) + 1;
  surplus.set(time, counts);
}

const boundsOf = ({ from, to }: Slice) => ({
  first: from === null ? UNDATED : boundOf(from),
  end: to === null ? ENDLESS : boundOf(to),
});

function boundOf(date: string): number {
  const day = parseDay(date);
  if (day) return Date.parse(`${day}T00:00:00Z`);
  throw new EpochlogError('INPUT_INVALID', `'${date}' is not a date: write it as 2024-05-31`);
}
