import type { EventId } from './ids.ts';
import type { Position } from './ports/log.ts';

/**
 * A fact or a request before it has an envelope, of any catalogue. A catalogue has a union of its own in its place,
 * discriminated by `type`: the type parameter `E` of the kernel.
 */
export interface NewEvent {
  type: string;
  data: object;
  /**
   * when what it tells was, milliseconds since the epoch, where that is not when it is written: of past data that are
   * replayed. What follows from an event takes its instant over.
   */
  instant?: number | undefined;
}

/** The CloudEvents 1.0 attributes of an event. */
export interface Envelope {
  id: EventId;
  /** service, or client (`cli`, `api`), that wrote it */
  source: string;
  /** aggregate id */
  subject: string;
  /** when it was written, milliseconds since the epoch */
  time: number;
  /** see `NewEvent` */
  instant?: number | undefined;
  /** version of the aggregate after this fact, from 1; 0 for a request, which changes nothing yet */
  sequence: number;
  /** id of the request that began it all */
  correlationId: string;
  /** id of the event that this one follows from; null for what comes from outside */
  causationId: string | null;
}

/** An event with its envelope; `LoggedEvent` adds its position in the log. */
export type RecordedEvent<E extends NewEvent = NewEvent> = Envelope & E;
export type LoggedEvent<E extends NewEvent = NewEvent> = Envelope & Position & E;

/** When what an event tells was: of replayed data their own time, else when it was written. */
export const momentOf = ({ instant, time }: Pick<Envelope, 'instant' | 'time'>): number => instant ?? time;

/** What an event takes over from its cause, if it has no instant of its own. */
export const instantOf = ({ instant }: Pick<Envelope, 'instant'>): Pick<Envelope, 'instant'> =>
  instant === undefined ? {} : { instant };

/** The events of these types. */
export type OfType<E extends NewEvent, T extends E['type']> = Extract<E, { type: T }>;
