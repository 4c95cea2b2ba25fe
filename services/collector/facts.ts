import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { CollectionRequested, RecordIngested } from '../../schemas/events.generated.ts';
import { type Fields, type Row, TOO_LONG } from '../../tasks/rows.ts';
import type { Fault, ReadRecord, Task } from '../../tasks/task.ts';

type Origin = Pick<CollectionRequested, 'collectionId' | 'sourceName'>;

/** The event of a row, and what its record is an example of. */
export interface ReadFact {
  readonly fact: NewEvent<'RecordIngested' | 'RecordRejected'>;
  /** null without a record, or where it is not known yet */
  readonly target: string | number | null;
}

/** What a row of a source is: a record, or a line that holds none and why. */
export function recordFact(
  row: Pick<Row, 'number' | 'fields'>,
  task: Task,
  { collectionId, sourceName }: Origin,
): ReadFact {
  const { number: line } = row;
  const { fields, fault } = row.fields();
  const read: ReadRecord = fields ? task.read(fields) : { fault };
  if (read.record && fields) {
    const { id: recordId, time, target } = read.record;
    const fact = newEvent('RecordIngested', {
      task: task.name,
      recordId,
      time,
      collectionId,
      line,
      taskVersion: task.version,
      fields: stored(fields, task),
    });
    return { fact, target };
  }
  const { code, reason, id }: Fault = read.fault ?? TOO_LONG;
  const recordId = id ?? `${sourceName}#${line}`;
  const fact = newEvent('RecordRejected', { task: task.name, recordId, collectionId, line, code, reason });
  return { fact, target: null };
}

/** The fields that the task knows: those that it read as what its schema says. Half a surrogate pair becomes U+FFFD. */
function stored(fields: Fields, { storedColumns }: Task): RecordIngested['fields'] {
  const kept: Record<string, string | number | boolean | readonly string[]> = {};
  for (const column of storedColumns) {
    const value = fields[column];
    if (typeof value === 'string') kept[column] = value.toWellFormed();
    else if (typeof value === 'number' || typeof value === 'boolean') kept[column] = value;
    else if (Array.isArray(value)) kept[column] = value.map((item) => String(item).toWellFormed());
  }
  return kept;
}
