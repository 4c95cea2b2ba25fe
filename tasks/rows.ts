import { readCsv } from '../ml/records/csv.ts';
import {
  type Line,
  MAX_LINE_BYTES,
  maybeObject,
  parseObject,
  readLines,
  type TextFile,
} from '../ml/records/lines.ts';
import type { ReadRecord, Task } from './task.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A row of a source: a line of JSON, or a row of a CSV file. */
export interface Row {
  /** of its line, from 1 */
  readonly number: number;
  /** UTF-16 units that it holds, about */
  readonly length: number;
  /** whether it may hold an object, which is known without the cost of reading it */
  readonly maybeObject: boolean;
  /** its fields, or why it has none */
  fields():
    | { fields: Fields; fault?: undefined }
    | { fields?: undefined; fault: { code: string; reason: string } };
}

/** The rows of a file: CSV when its name says so, else lines of JSON. Throws InvalidInput as their readers do. */
export async function* readRows(file: TextFile, { columns }: Task): AsyncGenerator<Row, void, undefined> {
  if (!/\.csv(\.gz)?$/i.test(file.name)) {
    for await (const line of readLines(file)) yield rowOf(line);
    return;
  }
  for await (const { number, values, length } of readCsv(file, columns)) {
    yield {
      number,
      length,
      maybeObject: true,
      fields: () => (values ? { fields: values } : { fault: TOO_LONG }),
    };
  }
}

export const TOO_LONG = { code: 'too_long', reason: `the row is longer than ${MAX_LINE_BYTES} bytes` };

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
