import type { Catalogue } from '../catalogue.ts';
import type { Clock } from '../clock.ts';
import { EpochlogError } from '../errors.ts';
import { type Envelope, instantOf, type LoggedEvent, type NewEvent, type RecordedEvent } from '../event.ts';
import { derivedId, type EventId } from '../ids.ts';
import type { Keyed, Maps } from '../ports/states.ts';

/** Gives the events that a service emits their envelope: derived ids, and a sequence within each aggregate. */
export class Emitter {
  readonly #service: string;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #catalogue: Catalogue;
  /** version of each aggregate of the streams the service owns */
  readonly #versions: Keyed<number>;
  /** by cause: ids that are in the log already, although the reaction is not committed; they are not emitted again */
  readonly #emitted = new Map<string, Set<string>>();

  /** @param maps keeps the versions: there are as many as aggregates */
  constructor(service: string, clock: Pick<Clock, 'now'>, catalogue: Catalogue, maps: Maps) {
    this.#versions = maps('versions');
    this.#service = service;
    this.#clock = clock;
    this.#catalogue = catalogue;
  }

  /** What is in the log already of reactions that may be repeated: ids by cause. */
  get repeatable(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#emitted;
  }

  /** Continues after a snapshot, in which these were emitted; the maps hold the versions. */
  continueAfter(emitted: Emitter['repeatable']): void {
    for (const [cause, ids] of emitted) this.#emitted.set(cause, new Set(ids));
  }

  /** Restores the version of an aggregate from one of the service's own facts. */
  restore(fact: Envelope, stream: string, willBeRepeated: boolean): void {
    this.#count(fact, stream);
    if (willBeRepeated) this.#emittedBy(fact.causationId ?? '').add(fact.id);
  }

  /**
   * Numbers the events of one reaction; a repeated reaction starts again at 0. Sequences are taken only by `emitted`,
   * so that an event that cannot be encoded leaves no gap.
   */
  reactionTo(cause: LoggedEvent): (events: readonly NewEvent[]) => RecordedEvent[] {
    let index = 0;
    return (events) => {
      const versions = new Map<string, number>();
      return events.flatMap((event) => {
        const recorded = this.#identify(cause, event, index++, versions);
        return recorded ? [recorded] : [];
      });
    };
  }

  /** Facts that no single event caused: of a timer, or of raw records. Their sequences are taken only by `emitted`. */
  uncaused(
    events: readonly NewEvent[],
    idOf: (index: number) => EventId,
    correlationId?: string,
  ): RecordedEvent[] {
    const versions = new Map<string, number>();
    return events.map((event, index) => {
      const id = idOf(index);
      const subject = this.#catalogue.subjectOf(event);
      if (!this.#catalogue.isFact(event.type))
        throw new EpochlogError('EVENT_NOT_OWNED', `${event.type} is no fact, and no event caused it`);
      return {
        id,
        source: this.#service,
        subject,
        time: this.#clock.now(),
        sequence: this.#nextVersion(event, subject, versions),
        correlationId: correlationId ?? id,
        causationId: null,
        ...event,
      };
    });
  }

  /**
   * These events are in the log or in the next commit: a retry of the reaction to `cause` does not emit them again.
   * Uncaused facts have no cause.
   */
  emitted(cause: Pick<LoggedEvent, 'id'> | undefined, events: readonly RecordedEvent[]): void {
    const emitted = cause && this.#emittedBy(cause.id);
    for (const event of events) {
      emitted?.add(event.id);
      if (this.#catalogue.isFact(event.type)) this.#count(event, this.#catalogue.streamOf(event.type));
    }
  }

  /** The reaction to this cause is committed and will not be repeated. */
  settled(cause: string): void {
    this.#emitted.delete(cause);
  }

  #emittedBy(cause: string): Set<string> {
    const ids = this.#emitted.get(cause) ?? new Set<string>();
    this.#emitted.set(cause, ids);
    return ids;
  }

  #count({ subject, sequence }: Envelope, stream: string): void {
    if (!this.#catalogue.stream(stream).oneFactPerKey) this.#versions.set(`${stream}/${subject}`, sequence);
  }

  /** `versions` are those given earlier in the same emission. */
  #identify(
    cause: LoggedEvent,
    event: NewEvent,
    index: number,
    versions: Map<string, number>,
  ): RecordedEvent | undefined {
    const id = derivedId(cause.id, this.#service, index);
    if (this.#emitted.get(cause.id)?.has(id)) return undefined;
    const subject = this.#catalogue.subjectOf(event);
    return {
      id,
      source: this.#service,
      subject,
      time: this.#clock.now(),
      sequence: this.#catalogue.isFact(event.type) ? this.#nextVersion(event, subject, versions) : 0,
      correlationId: cause.correlationId,
      causationId: cause.id,
      ...instantOf(cause),
      ...event,
    };
  }

  #nextVersion(event: NewEvent, subject: string, versions: Map<string, number>): number {
    const stream = this.#catalogue.streamOf(event.type);
    const { owner, oneFactPerKey } = this.#catalogue.stream(stream);
    if (owner !== this.#service) {
      throw new EpochlogError(
        'EVENT_NOT_OWNED',
        `${this.#service} emitted ${event.type}, but facts of '${stream}' are written by ${owner} alone`,
      );
    }
    if (oneFactPerKey) return 1;
    const key = `${stream}/${subject}`;
    const version = (versions.get(key) ?? this.#versions.get(key) ?? 0) + 1;
    versions.set(key, version);
    return version;
  }
}
