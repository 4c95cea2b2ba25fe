import type { StoredRecord } from '../kernel/ports/log.ts';
import type { Session } from '../operations/session.ts';
import { ALL_STREAMS, type EventType, type LoggedEvent, type NewEvent } from '../schemas/catalogue.ts';

/** An event of one of these types. */
export const isOneOf = <T extends EventType>(
  event: LoggedEvent,
  types: readonly T[],
): event is LoggedEvent & LoggedEvent<T> => (types as readonly string[]).includes(event.type);

/**
 * Appends a request and follows the events with its correlation id. Calls `onEvent` for those of the `watched` types;
 * returns the first of the `ends` types, of those that `isEnd` accepts.
 */
export async function requestAndFollow<End extends EventType, Watched extends EventType = End>(
  session: Session,
  request: NewEvent,
  options: {
    ends: readonly End[];
    isEnd?: (event: LoggedEvent<End>) => boolean;
    watched?: readonly Watched[];
    onEvent?: (event: LoggedEvent<Watched>) => void;
    /** which records are followed, instead of those with the correlation id of the request */
    isFollowed?: (record: StoredRecord) => boolean;
    /** when it aborts, following rejects with its reason */
    signal?: AbortSignal;
  },
): Promise<LoggedEvent<End>> {
  const from = await session.events.endOffsets(ALL_STREAMS);
  const [asked] = await session.publisher.publish([request]);
  const { watched = [], onEvent, isEnd = () => true } = options;
  const isOfRequest = (record: StoredRecord) => record.headers.ce_correlationid === asked?.correlationId;
  const isFollowed = options.isFollowed ?? isOfRequest;
  const done = new AbortController();
  const given = options.signal ? [options.signal] : [];
  const signal = AbortSignal.any([done.signal, session.signal, ...given]);
  const types = new Set<string>([...options.ends, ...watched]);
  try {
    for await (const record of session.events.follow(from, signal)) {
      if (!isFollowed(record) || !types.has(record.headers.ce_type ?? '')) continue;
      for (const event of await session.events.decode(record)) {
        if (isOneOf(event, watched)) onEvent?.(event);
        if (isOneOf(event, options.ends) && isEnd(event)) return event;
      }
    }
    throw signal.reason;
  } finally {
    done.abort();
  }
}
