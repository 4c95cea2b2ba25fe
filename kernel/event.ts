import { EVENTS, type Events, STREAMS } from '../schemas/events.generated.ts';
import { EpochlogError } from './errors.ts';
import type { EventId } from './ids.ts';
import type { Position } from './ports/log.ts';

export type EventType = keyof Events;
export type StreamName = keyof typeof STREAMS;

/** A fact or a request before it has an envelope. A union, discriminated by `type`. */
export type NewEvent<T extends EventType = EventType> = { [K in T]: { type: K; data: Events[K] } }[T];

/** The CloudEvents 1.0 attributes of an event. */
export interface Envelope {
  id: EventId;
  /** service, or client (`cli`, `api`), that wrote it */
  source: string;
  /** aggregate id */
  subject: string;
  /** milliseconds since the epoch */
  time: number;
  /** version of the aggregate after this fact, from 1; 0 for a request, which changes nothing yet */
  sequence: number;
  /** id of the request that began it all */
  correlationId: string;
  /** id of the event that this one follows from; null for what comes from outside */
  causationId: string | null;
}

/** An event with its envelope; `LoggedEvent` adds its position in the log. */
export type RecordedEvent<T extends EventType = EventType> = { [K in T]: Envelope & NewEvent<K> }[T];
export type LoggedEvent<T extends EventType = EventType> = { [K in T]: Envelope & Position & NewEvent<K> }[T];

export const newEvent = <T extends EventType>(type: T, data: Events[T]): NewEvent<T> =>
  ({ type, data }) as NewEvent<T>;

export const isEventType = (type: string): type is EventType => Object.hasOwn(EVENTS, type);
export const streamOf = (type: EventType): StreamName => EVENTS[type].stream;
export const isFact = (type: EventType): boolean => EVENTS[type].kind === 'fact';
export const ownerOf = (stream: StreamName): string => STREAMS[stream].owner;
export const ALL_STREAMS = Object.keys(STREAMS) as readonly StreamName[];

/**
 * The aggregate that an event belongs to, by the fields that its schema names as key, joined by a slash; undefined when one
 * of them is empty.
 */
export function keyIn(event: { type: EventType; data: object }): string | undefined {
  const values = EVENTS[event.type].key.map((field): unknown => Reflect.get(event.data, field));
  return values.every((value) => typeof value === 'string' && value !== '') ? values.join('/') : undefined;
}

/** Likewise; EVENT_INVALID when one is empty. */
export function subjectOf(event: { type: EventType; data: object }): string {
  const subject = keyIn(event);
  if (subject !== undefined) return subject;
  const fields = EVENTS[event.type].key.join(' and ');
  throw new EpochlogError('EVENT_INVALID', `${event.type}: ${fields} must be a non-empty string`);
}
