import type { Catalogue } from './catalogue.ts';
import type { Clock } from './clock.ts';
import type { Codec } from './codec.ts';
import { EpochlogError } from './errors.ts';
import { type Envelope, instantOf, type NewEvent, type RecordedEvent } from './event.ts';
import { findRequest, PerId } from './idempotency.ts';
import { type EventId, newId } from './ids.ts';
import type { EventLog, LogRecord } from './ports/log.ts';
import type { Spool } from './ports/spool.ts';
import { NO_TRACER, type Tracer } from './ports/tracer.ts';
import { countAppended, NO_TELEMETRY, type Telemetry } from './telemetry.ts';
import { assertWithinLimits } from './texts.ts';
import { inOneSpan } from './trace-context.ts';

/** Appends events from outside: requests, and the facts of a service that answers callers directly. */
export interface Publisher<E extends NewEvent = NewEvent> {
  /**
   * Appends events durably. They share one correlation id: `origin`, that of the cause `origin`, or the id of the first
   * event. A fact needs `source` to own its stream, and the stream to hold one fact per aggregate, so that its sequence
   * is known. `records` are appended atomically with the events. INPUT_INVALID when a text or a list exceeds the limits
   * (kernel/texts.ts) or a text is not Unicode.
   */
  publish(
    events: readonly E[],
    origin?: string | Cause,
    records?: readonly LogRecord[],
  ): Promise<RecordedEvent<E>[]>;

  /**
   * Appends a request under an id that the client gives, a UUIDv7, or returns the one that has it already: a client that
   * got no answer repeats its request. CONFLICT when the id belongs to a request with other content. Processes that get
   * the same id at the same time may each append it.
   */
  publishOnce(request: E, id: string): Promise<RecordedEvent<E>>;
}

/** The event that caused others. */
export type Cause = Pick<Envelope, 'correlationId' | 'instant'> & { id: string };

export interface Instrumentation {
  telemetry: Telemetry;
  tracer: Tracer;
}

export interface PublisherOptions extends Partial<Instrumentation> {
  /** keeps events until the log has them */
  spool?: Spool;
}

export function createPublisher<E extends NewEvent>(
  log: EventLog,
  codec: Codec<E>,
  clock: Pick<Clock, 'now'>,
  source: string,
  { telemetry = NO_TELEMETRY, tracer = NO_TRACER, spool }: PublisherOptions = {},
): Publisher<E> {
  const { catalogue } = codec;
  const perId = new PerId();

  /** The events with their envelopes; `ids` are those given by the client. */
  function record(events: readonly E[], origin?: string | Cause, ids: readonly EventId[] = []) {
    const time = clock.now();
    const cause = typeof origin === 'object' ? origin : undefined;
    let correlation = typeof origin === 'object' ? origin.correlationId : origin;
    return events.map((event, index): RecordedEvent<E> => {
      const id = ids[index] ?? newId(time);
      correlation ??= id;
      const sequence = catalogue.isFact(event.type) ? 1 : 0;
      if (sequence === 1) assertSingleFact(event, source, catalogue);
      const subject = catalogue.subjectOf(event);
      assertWithinLimits(event, subject);
      return {
        id,
        source,
        subject,
        time,
        sequence,
        correlationId: correlation,
        causationId: cause?.id ?? null,
        ...(cause && instantOf(cause)),
        ...event,
      };
    });
  }

  async function append(
    recorded: readonly RecordedEvent<E>[],
    others: readonly LogRecord[] = [],
  ): Promise<void> {
    const records = [...inOneSpan(recorded.map(codec.encode)), ...others];
    const append = async () => (spool ? spool.append(records).then(() => []) : log.append(records));
    const isCaused = recorded.some(({ causationId }) => causationId !== null);
    const started = performance.now();
    await (isCaused ? append() : tracer.publication(source, records, append)); // a reaction has its own span
    telemetry.observe('publishSeconds', { source }, (performance.now() - started) / 1_000);
    for (const { type } of recorded) telemetry.count('eventsPublished', { source, type });
    countAppended(telemetry, records);
  }

  return {
    async publish(events, origin, others) {
      const recorded = record(events, origin);
      await append(recorded, others);
      return recorded;
    },

    publishOnce: (request, id) =>
      perId.run(id, async () => {
        const [event] = record([request], undefined, [id as EventId]);
        if (!event || catalogue.isFact(event.type))
          throw new EpochlogError('EVENT_NOT_OWNED', `${request.type} is a fact: only requests take an id`);
        const found = await findRequest(id, codec.encode(event), { log, codec, now: clock.now() });
        if (found) return found as RecordedEvent<E>;
        await append([event]);
        return event;
      }),
  };
}

function assertSingleFact(event: NewEvent, source: string, catalogue: Catalogue): void {
  const stream = catalogue.stream(catalogue.streamOf(event.type));
  if (stream.owner === source && stream.oneFactPerKey) return;
  throw new EpochlogError(
    'EVENT_NOT_OWNED',
    `${source} may not publish ${event.type}: only the facts of a stream that holds one for each aggregate are ` +
      `published, by their owner (here ${stream.owner}); all others follow from events`,
  );
}
