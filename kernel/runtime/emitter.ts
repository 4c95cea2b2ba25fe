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
    this.#count(fact, stream);
    if (willBeRepeated) this.#emittedBy(fact.causationId ?? '').add(fact.id);
  }

  /**
   * A fresh count of what one reaction emits; a repeated reaction begins a new one. The numbers it gives are taken
   * only when `emitted` is told, so that what cannot be emitted leaves no gap.
   */
  reactionTo(cause: Event): (events: readonly NewEvent[]) => Happened[] {
    let index = 0;
    return (events) => {
      const versions = new Map<string, number>();
      return events.flatMap((event) => {
        const happened = this.#identify(cause, event, index++, versions);
        return happened ? [happened] : [];
      });
    };
  }

  /** These events are in the log, or certain to be: a retry of the same reaction does not emit them again. */
  emitted(cause: Event, events: readonly Happened[]): void {
    const emitted = this.#emittedBy(cause.id);
    for (const event of events) {
      emitted.add(event.id);
      if (isFact(event.type)) this.#count(event, streamOf(event.type));
    }
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

  #count({ subject, sequence }: Envelope, stream: StreamName): void {
    if (!STREAMS[stream].oneFactPerKey) this.#versions.set(`${stream}/${subject}`, sequence);
  }

  /** `versions` are those that the same emission has given already. */
  #identify(
    cause: Event,
    event: NewEvent,
    index: number,
    versions: Map<string, number>,
  ): Happened | undefined {
    const id = derivedId(cause.id, this.#service, index);
    if (this.#emitted.get(cause.id)?.has(id)) return undefined;
    const subject = subjectOf(event);
    return {
      id,
      source: this.#service,
      subject,
      time: this.#clock(),
      sequence: isFact(event.type) ? this.#nextVersion(event, subject, versions) : 0,
      correlationId: cause.correlationId,
      causationId: cause.id,
      ...event,
    };
  }

  #nextVersion(event: NewEvent, subject: string, versions: Map<string, number>): number {
    const stream = streamOf(event.type);
    if (ownerOf(stream) !== this.#service) {
      throw new EpochlogError(
        'EVENT_NOT_OWNED',
        `${this.#service} emitted ${event.type}, but facts of '${stream}' are written by ${ownerOf(stream)} alone`,
      );
    }
    if (STREAMS[stream].oneFactPerKey) return 1;
    const key = `${stream}/${subject}`;
    const version = (versions.get(key) ?? this.#versions.get(key) ?? 0) + 1;
    versions.set(key, version);
    return version;
  }
}
