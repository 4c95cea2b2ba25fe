import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { CollectionRequested, RecordIngested } from '../../schemas/events.generated.ts';
import type { Fields, Row } from '../../tasks/rows.ts';
import type { Fault, Task, TaskRecord } from '../../tasks/task.ts';

/** What a row of a source holds: what is kept of its record, or why there is none. It is plain JSON. */
export interface ReadRow {
  /** of the source, from 1 */
  readonly line: number;
  readonly record?: Pick<TaskRecord, 'id' | 'time' | 'target'> & {
    readonly fields: RecordIngested['fields'];
  };
  readonly fault?: Fault;
}

/** What a row holds. */
export function readRowOf(row: Pick<Row, 'number' | 'fields'>, task: Task): ReadRow {
  const { number: line } = row;
  const { fields, fault } = row.fields();
  if (!fields) return { line, fault };
  const read = task.read(fields);
  if (!read.record) return { line, fault: read.fault };
  const { id, time, target } = read.record;
  return { line, record: { id, time, target, fields: stored(fields, task) } };
}

/** The event of a row, and what its record is an example of. */
export interface ReadFact {
  readonly fact: NewEvent<'RecordIngested' | 'RecordRejected'>;
  /** null without a record, or where it is not known yet */
  readonly target: string | number | null;
}

type Origin = Pick<CollectionRequested, 'collectionId' | 'sourceName'> & {
  /** when it was asked for, milliseconds since the epoch */
  readonly askedAt: number;
};

/** Time zones are at most so far apart, and clocks that are wrong by less than this do no harm. */
const DAY_MS = 86_400_000;

/** What a row of a source is: a record, or a line that holds none and why. */
export function recordFact({ line, record, fault }: ReadRow, task: Task, origin: Origin): ReadFact {
  const { collectionId, sourceName } = origin;
  const obstacle = fault ?? (record && (idFault(record) ?? futureFault(record, origin.askedAt)));
  if (record && !obstacle) {
    const { id: recordId, time, target, fields } = record;
    const about = { task: task.name, recordId, time, collectionId, line, taskVersion: task.version, fields };
    return { fact: newEvent('RecordIngested', about), target };
  }
  const { code, reason, id } = obstacle ?? NO_RECORD;
  const recordId = id ?? `${sourceName}#${line}`;
  const fact = newEvent('RecordRejected', { task: task.name, recordId, collectionId, line, code, reason });
  return { fact, target: null };
}

const NO_RECORD: Fault = { code: 'not_an_object', reason: 'it holds no record' };

/** Null bytes and the like, which no console shows and no URL takes. */
function idFault({ id }: NonNullable<ReadRow['record']>): Fault | undefined {
  if (!/\p{Cc}/u.test(id)) return undefined;
  return { code: 'bad_id', reason: `the id ${JSON.stringify(id.slice(0, 60))} holds a control character` };
}

/** What has not come yet can be asked about; it cannot be an example. */
function futureFault(
  { id, time, target }: NonNullable<ReadRow['record']>,
  askedAt: number,
): Fault | undefined {
  if (time === null || target === null || Date.parse(time) < askedAt + DAY_MS) return undefined;
  return { code: 'in_future', reason: `its time, ${time}, has not come yet, and its target is known`, id };
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
