import { EpochlogError } from '../../kernel/errors.ts';
import type { TextFile } from '../../ml/records/lines.ts';
import type { CutRecords, LifecycleRecord } from '../../operations/lifecycle/plan.ts';
import { readRows } from '../../tasks/rows.ts';
import type { Task } from '../../tasks/task.ts';

/** What a client of the API knows of the records. Rows that hold none are the collector's to reject. */
export async function readLifecycleRecords(file: TextFile, task: Task, cut: string): Promise<CutRecords> {
  const records: LifecycleRecord[] = [];
  const timesBefore: number[] = [];
  const first = Date.parse(cut);
  let fault: string | undefined;
  for await (const row of readRows(file, task)) {
    const { fields, fault: unreadable } = row.fields();
    const { record, fault: why } = fields ? task.read(fields) : { fault: unreadable };
    if (!fields || !record) {
      fault ??= `row ${row.number}: ${why?.reason}`;
      continue;
    }
    const { id, time, instance, target } = record;
    if (time === null) {
      throw new EpochlogError(
        'INPUT_INVALID',
        `records of ${task.name} have no time, which a lifecycle follows: name their column of dates as \`time\` in the file of the task`,
      );
    }
    const at = Date.parse(time);
    if (at >= first) records.push({ number: row.number, id, time: at, instance, target, fields });
    else timesBefore.push(at);
  }
  if (records.length + timesBefore.length > 0) return { cut, timesBefore, records };
  throw new EpochlogError(
    'INPUT_INVALID',
    `${file.name} holds no record of ${task.name}; ${fault ?? 'it has no row'}`,
  );
}
