import type { NewEvent } from '../../schemas/catalogue.ts';
import type { RecordSubmitted } from '../../schemas/events.generated.ts';
import type { Task } from '../../tasks/task.ts';
import { type ReadRow, readRowOf, recordFact } from './facts.ts';

/**
 * What becomes of a record that somebody submits. Its facts have the id of the request: another one would be of another
 * aggregate, in a partition of its own.
 *
 * @param askedAt milliseconds since the epoch
 */
export function submitted(
  { recordId, source, fields }: RecordSubmitted,
  task: Task,
  askedAt: number,
): NewEvent<'RecordIngested' | 'RecordRejected'> {
  const read = readRowOf({ number: 0, fields: () => ({ fields }) }, task);
  const row = named(read, recordId);
  return recordFact(row, task, { collectionId: source, sourceName: source, askedAt }).fact;
}

function named({ line, record, fault }: ReadRow, recordId: string): ReadRow {
  if (fault) return { line, fault: { ...fault, id: recordId } };
  if (!record || record.id === recordId) return { line, ...(record && { record }) };
  const reason = `the task reads the id ${record.id} in its fields, and it was submitted as ${recordId}`;
  return { line, fault: { code: 'bad_id', reason: reason.slice(0, 400), id: recordId } };
}
