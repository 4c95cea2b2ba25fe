import { hash } from 'node:crypto';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { Instance } from '../../ml/instance/schema.ts';
import type { LoggedEvent, ServiceContext } from '../../schemas/catalogue.ts';

/** After so many events, others get their turn. */
const EVENTS_A_TURN = 200;
const DECISIONS = ['SampleAccepted', 'SampleDeduplicated', 'SampleRejected'] as const;

/** A sample that people may label. */
export interface Candidate {
  readonly recordId: string;
  readonly instance: Instance;
  /** its source gives it no label */
  readonly isLacking: boolean;
}

/** Which samples are asked about. */
export interface Choice {
  readonly task: string;
  /** also those with a label of their source */
  readonly includesLabelled: boolean;
  /** at most so many */
  readonly candidates: number;
  readonly seed: number;
}

/**
 * Samples of a task that a model may be asked about: those that lack a label first, and of the others some by a hash of seed and
 * id, the same for the same log. Holds the ids of twice as many, and their instances.
 */
export async function candidatesOf(
  events: ServiceContext['events'],
  choice: Choice,
): Promise<readonly Candidate[]> {
  const ends = await events.endOffsets(['samples']);
  const places = new Places(choice);
  for await (const event of paced(events.scan(DECISIONS, ends)))
    if (event.data.task === choice.task) places.take(event);
  const chosen = places.chosen();
  const found = new Map<string, Candidate>();
  for await (const event of paced(events.scan(DECISIONS, ends))) {
    const { recordId, task } = event.data;
    const isLacking = chosen.get(recordId);
    const instance = instanceOf(event);
    if (task === choice.task && isLacking !== undefined && instance)
      found.set(recordId, { recordId, instance, isLacking });
  }
  return [...found.values()];
}

type Decision = LoggedEvent<(typeof DECISIONS)[number]>;

/** Of a sample, or of a record that lacks nothing but a label. */
function instanceOf({ type, data }: Decision): Instance | undefined {
  if (type === 'SampleAccepted') return data.instance;
  return type === 'SampleRejected' ? data.unlabelled?.instance : undefined;
}

/** The ids with the least hashes, of two kinds. */
class Places {
  readonly #lacking: Least;
  readonly #labelled: Least;
  readonly #most: number;

  constructor({ candidates, includesLabelled, seed }: Choice) {
    this.#most = candidates;
    this.#lacking = new Least(candidates, seed);
    this.#labelled = new Least(includesLabelled ? candidates : 0, seed);
  }

  take({ type, data }: Decision): void {
    if (type === 'SampleAccepted') this.accept(data.recordId);
    else if (type === 'SampleDeduplicated') {
      if (data.matchedBy !== 'id') this.remove(data.recordId);
    } else if (data.unlabelled) this.lack(data.recordId);
    else if (data.reason !== 'superseded') this.remove(data.recordId); // else an older version came
  }

  lack(id: string): void {
    this.#labelled.delete(id);
    this.#lacking.add(id);
  }

  accept(id: string): void {
    this.#lacking.delete(id);
    this.#labelled.add(id);
  }

  remove(id: string): void {
    this.#lacking.delete(id);
    this.#labelled.delete(id);
  }

  /** Whether each lacks a label. */
  chosen(): Map<string, boolean> {
    const lacking = this.#lacking.ids();
    const labelled = this.#labelled.ids().slice(0, this.#most - lacking.length);
    return new Map([
      ...lacking.map((id) => [id, true] as const),
      ...labelled.map((id) => [id, false] as const),
    ]);
  }
}

/** Keeps the ids with the least hashes, up to twice as many as are wanted; one above them never comes back. */
class Least {
  readonly #most: number;
  readonly #seed: number;
  #hashes = new Map<string, string>();
  #bound: string | undefined;

  constructor(most: number, seed: number) {
    this.#most = most;
    this.#seed = seed;
  }

  add(id: string): void {
    if (this.#most === 0) return;
    const own = hash('sha256', `${this.#seed}/${id}`);
    if (this.#bound !== undefined && own > this.#bound) return;
    this.#hashes.set(id, own);
    if (this.#hashes.size <= 2 * this.#most) return;
    const sorted = this.#sorted().slice(0, this.#most);
    this.#bound = sorted.at(-1)![1];
    this.#hashes = new Map(sorted);
  }

  delete(id: string): void {
    this.#hashes.delete(id);
  }

  ids(): string[] {
    return this.#sorted()
      .slice(0, this.#most)
      .map(([id]) => id);
  }

  #sorted(): [string, string][] {
    return [...this.#hashes].sort(([, one], [, other]) => (one < other ? -1 : 1));
  }
}

async function* paced<T>(events: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  let read = 0;
  for await (const event of events) {
    if (++read % EVENTS_A_TURN === 0) await yieldToEventLoop();
    yield event;
  }
}
