import type { Position } from '../../kernel/ports/log.ts';
import type { Keyed, Maps } from '../../kernel/ports/states.ts';
import { newEvent, type RecordedEvent, type Timer } from '../../schemas/catalogue.ts';

/** The facts from which the state follows, beside the events that are mirrored. */
export const OWN_FACTS = ['MirrorDue', 'EventMirrored', 'MirrorAttemptFailed', 'MirrorGivenUp'] as const;

/** An event that is not yet on the server: where it is in the log. */
export interface Waiting {
  readonly id: string;
  readonly at: Position;
  /** milliseconds since the epoch */
  readonly time: number;
  readonly links: Links;
}

/** Runs and searches that an event begins, and that must be on the server before it is written. */
export interface Links {
  readonly begins?: string;
  readonly needs?: string;
}

interface Saved {
  readonly waiting: readonly Waiting[];
  readonly done: readonly string[];
  readonly attempts: number;
  readonly retryAt: number | undefined;
  readonly due: string | undefined;
}

/**
 * What is still to be written to one server. It follows from the log and the address alone: where the address is new, all
 * events wait. Where an event is no longer waited for before it arrives (a fact about it is folded first), it is remembered.
 */
export class Queue {
  readonly #server: string | undefined;
  readonly #linksOf: (event: RecordedEvent) => Links | undefined;
  /** run on the server by the id of ours, of searches too */
  readonly #runs: Keyed<string>;
  /** by id of the event, in the order of the log */
  #waiting = new Map<string, Waiting>();
  #done = new Set<string>();
  /** by run or search the event that waits and begins it, the first one */
  #beginnings = new Map<string, string>();
  #attempts = 0;
  #retryAt: number | undefined;
  /** the last timer that fired */
  #due: string | undefined;

  /** @param linksOf undefined for what is not written */
  constructor(server: string | undefined, linksOf: (event: RecordedEvent) => Links | undefined, maps: Maps) {
    this.#server = server;
    this.#linksOf = linksOf;
    this.#runs = maps('mirrored');
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** failed since something was written */
  get attempts(): number {
    return this.#attempts;
  }

  /**
   * The next ones, in the order of the log; what begins a run comes before what needs it, since partitions that were written
   * within a millisecond are folded in any order.
   */
  next(count: number): Waiting[] {
    const next = new Set<Waiting>();
    const add = (one: Waiting): void => {
      const first = this.#waiting.get(this.#beginnings.get(one.links.needs ?? '') ?? '');
      if (first && first !== one && !next.has(first)) add(first);
      next.add(one);
    };
    for (const one of this.#waiting.values().take(count)) if (!next.has(one)) add(one);
    return [...next];
  }

  /** The run of the server that is one of ours, or a search of ours. */
  mlflowRunOf(aggregate: string): string | undefined {
    return this.#runs.get(`${this.#server} ${aggregate}`);
  }

  evolve(event: RecordedEvent): void {
    if (this.#server === undefined) return;
    switch (event.type) {
      case 'MirrorDue':
        if (event.data.server === this.#server) this.#due = keyOf(event.data.eventId, event.data.attempt);
        return;
      case 'MirrorAttemptFailed':
        if (event.data.server !== this.#server) return;
        this.#attempts = event.data.attempt;
        this.#retryAt = event.data.retryAt;
        return;
      case 'EventMirrored':
        if (event.data.server !== this.#server) return;
        if (event.data.mlflowRunId !== null)
          this.#runs.set(`${this.#server} ${event.data.aggregate}`, event.data.mlflowRunId);
        this.#end(event.data.eventId);
        return;
      case 'MirrorGivenUp':
        if (event.data.server === this.#server) this.#end(event.data.eventId);
        return;
      default:
        this.#await(event, this.#linksOf(event));
    }
  }

  #end(eventId: string): void {
    const begun = this.#waiting.get(eventId)?.links.begins;
    if (begun !== undefined && this.#beginnings.get(begun) === eventId) this.#beginnings.delete(begun);
    if (!this.#waiting.delete(eventId)) this.#done.add(eventId);
    this.#attempts = 0;
    this.#retryAt = undefined;
  }

  #await(event: RecordedEvent, links: Links | undefined): void {
    if (links === undefined || this.#done.delete(event.id)) return;
    const { topic, partition, offset } = event as RecordedEvent & Position; // only own facts have none when they are folded
    this.#add({ id: event.id, at: { topic, partition, offset }, time: event.time, links });
  }

  #add(one: Waiting): void {
    this.#waiting.set(one.id, one);
    const { begins } = one.links;
    if (begins !== undefined && !this.#beginnings.has(begins)) this.#beginnings.set(begins, one.id);
  }

  /** One timer while something waits. */
  timers(): Timer[] {
    const [head] = this.next(1);
    if (this.#server === undefined || !head) return [];
    const attempt = this.#attempts + 1;
    if (this.#due === keyOf(head.id, attempt)) return [];
    const dueAt = this.#retryAt ?? head.time;
    const data = { server: this.#server, eventId: head.id, attempt, dueAt };
    return [{ id: `${this.#server}/${keyOf(head.id, attempt)}`, dueAt, event: newEvent('MirrorDue', data) }];
  }

  snapshot(): Saved {
    return {
      waiting: [...this.#waiting.values()],
      done: [...this.#done],
      attempts: this.#attempts,
      retryAt: this.#retryAt,
      due: this.#due,
    };
  }

  resume({ waiting, done, attempts, retryAt, due }: Saved): void {
    for (const one of waiting) this.#add(one);
    this.#done = new Set(done);
    this.#attempts = attempts;
    this.#retryAt = retryAt;
    this.#due = due;
  }
}

const keyOf = (eventId: string, attempt: number): string => `${eventId}/${attempt}`;
