import { derivedId } from '../../kernel/ids.ts';
import {
  type EventType,
  isFact,
  type NewEvent,
  newEvent,
  ownerOf,
  type RecordedEvent,
  streamOf,
  subjectOf,
} from '../../schemas/catalogue.ts';
import type { Events } from '../../schemas/events.generated.ts';

export const MODEL = 'papers';
/** The time of the first event; each later one is a second after the previous. */
export const START = Date.parse('2026-03-01T12:00:00.000Z');
export const SECOND = 1_000;

/** Builds events as the services would write them: with cause, sequence and time. */
export class Scenario {
  readonly events: RecordedEvent[] = [];
  readonly #versions = new Map<string, number>();

  record<T extends EventType>(type: T, data: Events[T], cause?: RecordedEvent): RecordedEvent {
    return this.#append(newEvent(type, data) as NewEvent, cause);
  }

  #append(event: NewEvent, cause: RecordedEvent | undefined): RecordedEvent {
    const fact = isFact(event.type);
    const aggregate = `${streamOf(event.type)}/${subjectOf(event)}`;
    const version = fact ? (this.#versions.get(aggregate) ?? 0) + 1 : 0;
    if (fact) this.#versions.set(aggregate, version);
    const id = derivedId('0195512c-8400-7000-8000-000000000000', 'scenario', this.events.length);
    const recorded: RecordedEvent = {
      id,
      source: fact ? ownerOf(streamOf(event.type)) : 'cli',
      subject: subjectOf(event),
      time: START + this.events.length * SECOND,
      sequence: version,
      correlationId: cause?.correlationId ?? id,
      causationId: cause?.id ?? null,
      ...event,
    };
    this.events.push(recorded);
    return recorded;
  }
}
