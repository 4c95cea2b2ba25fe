import type { StoredRecord } from '../../kernel/ports/log.ts';
import { readPartition } from '../../kernel/reader.ts';
import { ALL_STREAMS, type LoggedEvent } from '../../schemas/catalogue.ts';
import type { Store } from '../session.ts';

/** Frequent events: listed only if they are a cause themselves. */
const BULK = new Set([
  'EpochCompleted',
  'RecordIngested',
  'RecordRejected',
  'SampleAccepted',
  'SampleDeduplicated',
  'SampleRejected',
  'PredictionServed',
  'PredictionFailed',
  'OutcomeReported',
  'PageCollected',
]);

/** The causation chain of an event: its causes, from the first request on, and the other events that these caused. */
export async function chainOf({ log, events }: Store, last: LoggedEvent): Promise<LoggedEvent[]> {
  const related = new Map<string, StoredRecord>();
  for (const end of await events.endOffsets(ALL_STREAMS)) {
    for await (const record of readPartition(log, { ...end, offset: 0 }, end.offset)) {
      if (record.headers.ce_correlationid === last.correlationId)
        related.set(record.headers.ce_id ?? '', record);
    }
  }
  const causes = new Set<string>();
  for (
    let id = last.causationId;
    id !== null && related.has(id);
    id = related.get(id)?.headers.ce_causationid ?? null
  ) {
    causes.add(id);
  }
  const listed = [...related].filter(
    ([id, { headers }]) =>
      id === last.id ||
      causes.has(id) ||
      (causes.has(headers.ce_causationid ?? '') &&
        !BULK.has(headers.ce_type ?? '') &&
        Date.parse(headers.ce_time ?? '') <= last.time),
  );
  const decoded = await Promise.all(listed.map(([, record]) => events.decode(record)));
  return decoded.flat().sort((a, b) => a.time - b.time);
}
