import type { Position, StoredRecord } from '../../kernel/ports/log.ts';
import { ALL_STREAMS, type EventType, isEventType, isFact } from '../../schemas/catalogue.ts';
import { noneIfUndecodable } from './decoding.ts';
import { ANSWER_TYPES, answersTo, isAnswer } from './outcome.ts';
import { type ApiEvent, type EventRow, fromLog, toEvent } from './routes/events.ts';
import type { ApiContext } from './settings.ts';

type Sources = Pick<ApiContext, 'events' | 'query' | 'warehouse'>;

const PAGE = 500;

/** A request, and the event that answers it, as far as there is one. */
export interface Tracked {
  readonly request: ApiEvent & { type: EventType };
  readonly answer: ApiEvent | undefined;
}

/**
 * The request with an id; undefined when there is none, or it is a fact. It is read from the projections, and what these
 * do not hold yet from the log: what is acknowledged is found. Resolves with the answer at once, or when it comes, or
 * without it when the signal aborts.
 */
export async function track(id: string, sources: Sources, signal: AbortSignal): Promise<Tracked | undefined> {
  const { events, query } = sources;
  const projected = await events.committed('projector', ALL_STREAMS); // before the query, which then has all up to there
  const ends = await events.endOffsets(ALL_STREAMS);
  const recent = await eventsIn(tailOf(projected, ends, events), sources);
  const [asked] = await query<EventRow>('audit/request', { id, types: [], subject: '' });
  const request = asked ? toEvent(asked) : recent.find((event) => event.id === id);
  if (!request || !isRequest(request)) return undefined;

  const isIt = (event: ApiEvent) => isAnswer(request, event);
  const types = answersTo(request.type);
  if (types.length === 0) return { request, answer: undefined };
  const rows = await query<EventRow>('audit/request', { id, types, subject: request.subject });
  const answer = rows.map(toEvent).find(isIt) ?? recent.find(isIt);
  return { request, answer: answer ?? (await firstFrom(ends, isIt, types, sources, signal)) };
}

const isRequest = (event: ApiEvent): event is Tracked['request'] =>
  isEventType(event.type) && !isFact(event.type);

/** The records between what is projected and the ends of the log. */
async function* tailOf(
  projected: readonly Position[],
  ends: readonly Position[],
  events: ApiContext['events'],
): AsyncIterable<StoredRecord> {
  for (const end of ends) {
    const from = projected.find(
      ({ topic, partition }) => topic === end.topic && partition === end.partition,
    ) ?? { ...end, offset: 0 };
    if (from.offset < end.offset) yield* events.range(from, end.offset);
  }
}

const isTracked = ({ headers: { ce_type: type = '' } }: StoredRecord): boolean =>
  ANSWER_TYPES.has(type) || (isEventType(type) && !isFact(type));

/** The events in a record; none when it cannot be decoded: it is a dead letter. */
async function decoded(record: StoredRecord, events: ApiContext['events']): Promise<ApiEvent[]> {
  return (await events.decode(record).catch(noneIfUndecodable)).map(fromLog);
}

async function eventsIn(records: AsyncIterable<StoredRecord>, { events }: Sources): Promise<ApiEvent[]> {
  const found: ApiEvent[] = [];
  for await (const record of records) if (isTracked(record)) found.push(...(await decoded(record, events)));
  return found;
}

async function firstFrom(
  from: readonly Position[],
  isIt: (event: ApiEvent) => boolean,
  types: readonly EventType[],
  { events }: Sources,
  signal: AbortSignal,
): Promise<ApiEvent | undefined> {
  if (signal.aborted) return undefined;
  try {
    for await (const page of events.followPages(from, signal, PAGE))
      for (const record of page) {
        if (!types.some((type) => type === record.headers.ce_type)) continue;
        const found = (await decoded(record, events)).find(isIt);
        if (found) return found;
      }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return undefined;
}
