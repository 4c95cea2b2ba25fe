import type { TextFile } from '../../ml/records/lines.ts';
import { readRow, readRows } from '../rows.ts';
import type { Task } from '../task.ts';

/** Of a longer file the rows beyond are not compared. */
const MAX_ROWS = 1_000_000;
/** hexadecimal digits that a number holds exactly */
const DIGITS = 13;

/**
 * How many rows of a file are equal to an earlier one, for a task without a column of ids, which names records by a digest
 * of their values. Throws InvalidInput as `readRows` does.
 */
export async function countEqualRows(file: TextFile, task: Task): Promise<number> {
  const seen = new Set<number>();
  let records = 0;
  for await (const row of readRows(file, task)) {
    const { record } = readRow(row, task);
    if (!record) continue;
    seen.add(Number.parseInt(record.id.slice(0, DIGITS), 16));
    if (++records >= MAX_ROWS) break;
  }
  return records - seen.size;
}
