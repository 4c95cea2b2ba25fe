import { timeOfId } from '../../kernel/ids.ts';
import type { EventLog, Position, StoredRecord } from '../../kernel/ports/log.ts';
import { firstOffset, readPartition } from '../../kernel/reader.ts';
import { ALL_STREAMS, type LoggedEvent } from '../../schemas/catalogue.ts';
import { EVENTS } from '../../schemas/events.generated.ts';
import type { Store } from '../session.ts';
import { type LookUp, lookedUp } from './look-up.ts';

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

/** How far the clocks of those who append may differ. */
const MAX_SKEW_MS = 3_600_000;

/** The causation chain of an event: its causes, from the first request on, and the other events that these caused. */
export async function chainOf(
  { log, events }: Store,
  last: LoggedEvent,
  lookUp: LookUp | undefined,
): Promise<LoggedEvent[]> {
  const related = new Map<string, StoredRecord>();
  for (const end of await events.endOffsets(ALL_STREAMS)) {
    for await (const record of correlated(log, lookUp, end, last))
      related.set(record.headers.ce_id ?? '', record);
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
  return inCausalOrder(decoded.flat());
}

/** Oldest first; of the same millisecond, causes before effects, and of one cause's effects the facts before the requests. */
function inCausalOrder(events: readonly LoggedEvent[]): LoggedEvent[] {
  const causes = new Map<string, string | null>(events.map(({ id, causationId }) => [id, causationId]));
  const depthOf = (id: string | null | undefined): number =>
    id === null || id === undefined ? 0 : 1 + depthOf(causes.get(id));
  const isRequest = ({ type }: LoggedEvent) => (EVENTS[type].kind === 'request' ? 1 : 0);
  return events.toSorted(
    (a, b) =>
      a.time - b.time ||
      depthOf(a.id) - depthOf(b.id) ||
      isRequest(a) - isRequest(b) ||
      (a.topic === b.topic ? a.offset - b.offset : a.topic < b.topic ? -1 : 1),
  );
}

/** The records of a partition with the correlation id of an event, up to the event. */
async function* correlated(
  log: EventLog,
  lookUp: LookUp | undefined,
  end: Position,
  last: LoggedEvent,
): AsyncIterable<StoredRecord> {
  const { correlationId, time } = last;
  if (lookUp) {
    yield* lookedUp(log, lookUp, end, 'ce_correlationid', correlationId);
    return;
  }
  const since = (timeOfId(correlationId) ?? MAX_SKEW_MS) - MAX_SKEW_MS;
  const offset = await firstOffset(since, end, log);
  for await (const record of readPartition(log, { ...end, offset }, end.offset)) {
    if (record.timestamp > time + MAX_SKEW_MS) return;
    if (record.headers.ce_correlationid === correlationId) yield record;
  }
}
