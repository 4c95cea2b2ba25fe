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
  readonly head: number;
  readonly tail: number;
  readonly size: number;
  readonly attempts: number;
  readonly retryAt: number | undefined;
  readonly due: string | undefined;
}

/**
 * What is still to be written to one server. It follows from the log and the address alone: where the address is new, all
 * events wait. Where an event is no longer waited for before it arrives (a fact about it is folded first), it is remembered.
 * There may be as many as the log has events, so they are in large maps.
 */
export class Queue {
  readonly #server: string | undefined;
  readonly #linksOf: (event: RecordedEvent) => Links | undefined;
  /** run on the server by the id of ours, of searches too */
  readonly #runs: Keyed<string>;
  /** by place in the queue, in the order of the log */
  readonly #waiting: Keyed<Waiting>;
  /** place by id of the event */
  readonly #places: Keyed<number>;
  /** ids of events that were ended before they arrived */
  readonly #done: Keyed<true>;
  /** by run or search the event that waits and begins it, the first one */
  readonly #beginnings: Keyed<string>;
  /** no place before waits */
  #head = 0;
  /** the next place */
  #tail = 0;
  #size = 0;
  #attempts = 0;
  #retryAt: number | undefined;
  /** the last timer that fired */
  #due: string | undefined;

  /** @param linksOf undefined for what is not written */
  constructor(server: string | undefined, linksOf: (event: RecordedEvent) => Links | undefined, maps: Maps) {
    this.#server = server;
    this.#linksOf = linksOf;
    this.#runs = maps('mirrored');
    this.#waiting = maps('waiting');
    this.#places = maps('places');
    this.#done = maps('done');
    this.#beginnings = maps('beginnings');
  }

  get size(): number {
    return this.#size;
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
    const next = new Map<string, Waiting>();
    const add = (one: Waiting): void => {
      const { needs } = one.links;
      const first = needs === undefined ? undefined : this.#withId(this.#beginnings.get(needs));
      if (first && first.id !== one.id && !next.has(first.id)) add(first);
      next.set(one.id, one);
    };
    let found = 0;
    for (let place = this.#head; place < this.#tail && found < count; place++) {
      const one = this.#waiting.get(`${place}`);
      if (!one) continue;
      found += 1;
      if (!next.has(one.id)) add(one);
    }
    return [...next.values()];
  }

  #withId(id: string | undefined): Waiting | undefined {
    const place = id === undefined ? undefined : this.#places.get(id);
    return place === undefined ? undefined : this.#waiting.get(`${place}`);
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
    this.#attempts = 0;
    this.#retryAt = undefined;
    const place = this.#places.get(eventId);
    if (place === undefined) {
      this.#done.set(eventId, true);
      return;
    }
    const begun = this.#waiting.get(`${place}`)?.links.begins;
    if (begun !== undefined && this.#beginnings.get(begun) === eventId) this.#beginnings.delete(begun);
    this.#waiting.delete(`${place}`);
    this.#places.delete(eventId);
    this.#size -= 1;
    while (this.#head < this.#tail && !this.#waiting.get(`${this.#head}`)) this.#head += 1;
  }

  #await(event: RecordedEvent, links: Links | undefined): void {
    if (links === undefined) return;
    if (this.#done.get(event.id)) {
      this.#done.delete(event.id);
      return;
    }
    const { topic, partition, offset } = event as RecordedEvent & Position; // only own facts have none when they are folded
    const place = this.#tail++;
    this.#waiting.set(`${place}`, {
      id: event.id,
      at: { topic, partition, offset },
      time: event.time,
      links,
    });
    this.#places.set(event.id, place);
    this.#size += 1;
    const { begins } = links;
    if (begins !== undefined && this.#beginnings.get(begins) === undefined)
      this.#beginnings.set(begins, event.id);
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

  /** What is saved beside the maps. */
  snapshot(): Saved {
    return {
      ...{ head: this.#head, tail: this.#tail, size: this.#size },
      ...{ attempts: this.#attempts, retryAt: this.#retryAt, due: this.#due },
    };
  }

  /** Continues from what was saved, when the maps were as they are now. */
  resume({ head, tail, size, attempts, retryAt, due }: Saved): void {
    [this.#head, this.#tail, this.#size] = [head, tail, size];
    this.#attempts = attempts;
    this.#retryAt = retryAt;
    this.#due = due;
  }
}

const keyOf = (eventId: string, attempt: number): string => `${eventId}/${attempt}`;
