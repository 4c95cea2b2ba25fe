import { STREAMS } from '../../schemas/events.generated.ts';
import type { Clock } from '../clock.ts';
import { EpochlogError } from '../errors.ts';
import {
  type Envelope,
  type Event,
  type Happened,
  isFact,
  type NewEvent,
  ownerOf,
  type StreamName,
  streamOf,
  subjectOf,
} from '../event.ts';
import { derivedId } from '../ids.ts';

/** Gives what one service emits its identity: derived ids, and numbers within each aggregate. */
export class Emitter {
  readonly #service: string;
  readonly #clock: Clock;
  /** version of each aggregate of the streams the service owns */
  readonly #versions = new Map<string, number>();
  /** by cause: ids already in the log of reactions not committed yet, which would otherwise be emitted again */
  readonly #emitted = new Map<string, Set<string>>();

  constructor(service: string, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
  }

  /** Takes in one of the service's own facts of the past. */
  recall(fact: Envelope, stream: StreamName, willBeRepeated: boolean): void {
    if (!STREAMS[stream].oneFactPerKey) this.#versions.set(`${stream}/${fact.subject}`, fact.sequence);
    if (willBeRepeated) this.#emittedBy(fact.causationId ?? '').add(fact.id);
  }

  /** A fresh count of what one reaction emits; a repeated reaction begins a new one. */
  reactionTo(cause: Event): (events: readonly NewEvent[]) => Happened[] {
    let index = 0;
    return (events) =>
      events.flatMap((event) => {
        const happened = this.#identify(cause, event, index++);
        return happened ? [happened] : [];
      });
  }

  /** Marks events as being in the log, so that a retry of the same reaction does not emit them again. */
  published(cause: Event, events: readonly Happened[]): void {
    const emitted = this.#emittedBy(cause.id);
    for (const { id } of events) emitted.add(id);
  }

  /** The reaction to this cause is committed: nothing will repeat it. */
  settled(cause: string): void {
    this.#emitted.delete(cause);
  }

  #emittedBy(cause: string): Set<string> {
    const ids = this.#emitted.get(cause) ?? new Set<string>();
    this.#emitted.set(cause, ids);
    return ids;
  }

  #identify(cause: Event, event: NewEvent, index: number): Happened | undefined {
    const id = derivedId(cause.id, this.#service, index);
    if (this.#emitted.get(cause.id)?.has(id)) return undefined;
    const subject = subjectOf(event);
    return {
      id,
      source: this.#service,
      subject,
      time: this.#clock(),
      sequence: isFact(event.type) ? this.#nextVersion(event, subject) : 0,
      correlationId: cause.correlationId,
      causationId: cause.id,
      ...event,
    };
  }

  #nextVersion(event: NewEvent, subject: string): number {
    const stream = streamOf(event.type);
    if (ownerOf(stream) !== this.#service) {
      throw new EpochlogError(
        'EVENT_NOT_OWNED',
        `${this.#service} emitted ${event.type}, but facts of '${stream}' are written by ${ownerOf(stream)} alone`,
      );
    }
    if (STREAMS[stream].oneFactPerKey) return 1;
    const key = `${stream}/${subject}`;
    const version = (this.#versions.get(key) ?? 0) + 1;
    this.#versions.set(key, version);
    return version;
  }
}
