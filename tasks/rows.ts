import { readCsv } from '../ml/records/csv.ts';
import {
  type Line,
  MAX_LINE_BYTES,
  maybeObject,
  parseObject,
  readLines,
  type TextFile,
} from '../ml/records/lines.ts';
import { assertNotNamedParquet, isParquet, readParquet } from '../ml/records/parquet.ts';
import type { ReadRecord, Task } from './task.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A row of a source: a line of JSON, or a row of a table. */
export interface Row {
  /** of its line, of Parquet of its row, from 1 */
  readonly number: number;
  /** UTF-16 units that it holds, about */
  readonly length: number;
  /** whether it may hold an object, which is known without the cost of reading it */
  readonly maybeObject: boolean;
  /** its fields, or why it has none */
  fields(): RowFields;
}

type RowFields =
  | { fields: Fields; fault?: undefined }
  | { fields?: undefined; fault: { code: string; reason: string } };

/** What a name says of the format of a file. Parquet is known by its first bytes. */
export const isCsvName = (name: string): boolean => /\.[ct]sv(\.gz|\.zst)?$/i.test(name);

/** The rows of a file: Parquet; CSV or TSV when its name says so, else lines of JSON. Throws InvalidInput as their readers do. */
export function readRows(file: TextFile, task: Task): AsyncGenerator<Row, void, undefined> {
  if (isParquet(file)) return parquetRows(file, task);
  assertNotNamedParquet(file);
  return isCsvName(file.name) ? csvRows(file, task) : lineRows(file);
}

async function* lineRows(file: TextFile): AsyncGenerator<Row, void, undefined> {
  for await (const line of readLines(file)) yield rowOf(line);
}

async function* csvRows(file: TextFile, { columns }: Task): AsyncGenerator<Row, void, undefined> {
  const filled = fillerOf(columns);
  for await (const { number, values, length } of readCsv(file, columns))
    yield tableRow(number, length, values ? { fields: filled(values) } : { fault: TOO_LONG });
}

async function* parquetRows(
  file: TextFile,
  { columns, storedColumns }: Task,
): AsyncGenerator<Row, void, undefined> {
  const filled = fillerOf(columns);
  for await (const { number, values, length, notUtf8 } of readParquet(file, columns, storedColumns))
    yield tableRow(
      number,
      length,
      values
        ? { fields: filled(values) }
        : { fault: notUtf8 === undefined ? TOO_LONG : notUtf8Fault(notUtf8) },
    );
}

/** Adds the empty cells that are not left out. */
function fillerOf({ empty = [] }: Task['columns']): (values: Fields) => Fields {
  if (empty.length === 0) return (values) => values;
  const nulls = Object.fromEntries(empty.map((name) => [name, null]));
  return (values) => ({ ...nulls, ...values });
}

const tableRow = (number: number, length: number, fields: RowFields): Row => ({
  ...{ number, length, maybeObject: true },
  fields: () => fields,
});

export const TOO_LONG = { code: 'too_long', reason: `the row is longer than ${MAX_LINE_BYTES} bytes` };

const notUtf8Fault = (column: string) => ({ code: 'not_utf8', reason: `${column} is not UTF-8` });

const rowOf = (line: Line): Row => ({
  number: line.number,
  length: line.text?.length ?? 0,
  maybeObject: maybeObject(line),
  fields: () => parseObject(line),
});

/** The record in a row, or why there is none. */
export function readRow(row: Row, task: Task): ReadRecord {
  const { fields, fault } = row.fields();
  return fields ? task.read(fields) : { fault };
}
