import { STREAMS } from '../schemas/events.generated.ts';
import type { Clock } from './clock.ts';
import type { Codec } from './codec.ts';
import { EpochlogError } from './errors.ts';
import { type Envelope, isFact, type NewEvent, type RecordedEvent, streamOf, subjectOf } from './event.ts';
import { newId } from './ids.ts';
import type { EventLog, LogRecord } from './ports/log.ts';
import { NO_TRACER, type Tracer } from './ports/tracer.ts';
import { countAppended, NO_TELEMETRY, type Telemetry } from './telemetry.ts';
import { assertWithinLimits } from './texts.ts';
import { inOneSpan } from './trace-context.ts';

/** Appends what comes from outside: requests, and the facts of a service that answers callers directly. */
export interface Publisher {
  /**
   * Appends events, durably. All carry one correlation id: the one given, that of the event that they follow from, or the
   * first event's own. Facts need `source` to own their stream and the stream to hold one fact per aggregate, so that their
   * number is known. The records `beside` them are appended in the same step. INPUT_INVALID when a text or a list is
   * beyond the limits of what comes from outside, or a text is no Unicode (kernel/texts.ts).
   */
  publish(
    events: readonly NewEvent[],
    origin?: string | Cause,
    beside?: readonly LogRecord[],
  ): Promise<RecordedEvent[]>;
}

/** An event that others follow from. */
export type Cause = Pick<Envelope, 'correlationId'> & { id: string };

/** Who watches what is done. */
export interface Instrumentation {
  telemetry: Telemetry;
  tracer: Tracer;
}

export function createPublisher(
  log: EventLog,
  codec: Codec,
  clock: Clock,
  source: string,
  { telemetry = NO_TELEMETRY, tracer = NO_TRACER }: Partial<Instrumentation> = {},
): Publisher {
  return {
    async publish(events, origin, beside = []) {
      const time = clock();
      const cause = typeof origin === 'object' ? origin : undefined;
      let correlation = typeof origin === 'object' ? origin.correlationId : origin;
      const recorded = events.map((event): RecordedEvent => {
        const id = newId(time);
        correlation ??= id;
        const sequence = isFact(event.type) ? 1 : 0;
        if (sequence === 1) assertSingleFact(event, source);
        const subject = subjectOf(event);
        assertWithinLimits(event, subject);
        return {
          id,
          source,
          subject,
          time,
          sequence,
          correlationId: correlation,
          causationId: cause?.id ?? null,
          ...event,
        };
      });
      const records = [...inOneSpan(recorded.map(codec.encode)), ...beside];
      const append = () => log.append(records);
      const started = performance.now();
      await (cause ? append() : tracer.publication(source, records, append)); // else the reaction has a span
      telemetry.observe('publishSeconds', { source }, (performance.now() - started) / 1_000);
      for (const { type } of recorded) telemetry.count('eventsPublished', { source, type });
      countAppended(telemetry, records);
      return recorded;
    },
  };
}

function assertSingleFact(event: NewEvent, source: string): void {
  const stream = STREAMS[streamOf(event.type)];
  if (stream.owner === source && stream.oneFactPerKey) return;
  throw new EpochlogError(
    'EVENT_NOT_OWNED',
    `${source} may not publish ${event.type}: only the facts of a stream that holds one for each aggregate are ` +
      `published, by their owner (here ${stream.owner}); all others follow from events`,
  );
}
