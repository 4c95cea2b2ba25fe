import type { Codec } from '../codec.ts';
import { decodable } from '../codec.ts';
import { EpochlogError } from '../errors.ts';
import { type Event, streamOf } from '../event.ts';
import { partitionKey } from '../partitions.ts';
import type { EventLog, Position, StoredRecord } from '../ports/log.ts';
import { readPartition } from '../reader.ts';
import { isDeadLetterTopic, topicOf } from '../topics.ts';
import {
  type DeadLetter,
  type Decision,
  keyOfAttempt,
  type Letter,
  type LetterState,
  letterIdOf,
  letterOf,
  letterTopics,
  placeOfLetter,
} from './letter.ts';

/** Which dead letters are wanted. */
export interface LetterFilter {
  stream?: string | undefined;
  service?: string | undefined;
  code?: string | undefined;
  /** also those that are closed: tried again, or discarded */
  all?: boolean | undefined;
}

/** What is known of an attempt. */
interface Entry {
  letter: Letter;
  copies: number;
  /** where the first order to repeat it lies */
  order?: Position;
}

const DECISIONS = topicOf(streamOf('DeadLetterRetryRequested'));

/** All dead letters of a log, as they were when it was last read. */
export class LetterBook {
  readonly #log: EventLog;
  readonly #codec: Codec;
  /** by the key of the attempt, in the order in which they were read */
  readonly #entries = new Map<string, Entry>();
  /** of every record among the dead letters that is one, the key of its attempt */
  readonly #keys = new Map<string, string>();
  /** by what the letter is about: a log that was moved has other places */
  readonly #decisions = new Map<string, { letterId: string; decision: Decision }[]>();
  /** how many letters are about the same */
  readonly #about = new Map<string, number>();
  /** how far each partition is read */
  readonly #read = new Map<string, number>();
  /** by service and partition, how far it had come before the last reading */
  readonly #committed = new Map<string, number>();

  constructor(log: EventLog, codec: Codec) {
    this.#log = log;
    this.#codec = codec;
  }

  /**
   * Reads what is new. What a service had committed is asked for before the last reading, so that what became of an
   * order that it has passed is known.
   */
  async refresh(): Promise<void> {
    await this.#readOn();
    if (await this.#lookWhereServicesAre()) await this.#readOn();
  }

  /** Those that are wanted, oldest first. */
  list({ stream, service, code, all = false }: LetterFilter = {}): DeadLetter[] {
    const found: DeadLetter[] = [];
    for (const entry of this.#entries.values()) {
      const { letter } = entry;
      const isWanted =
        (stream === undefined || letter.id.startsWith(`${stream}/`)) &&
        (service === undefined || letter.service === service) &&
        (code === undefined || letter.code === code);
      if (isWanted && (all || this.#stateOf(entry) === 'open')) found.push(this.#told(entry));
    }
    return found.sort((a, b) => a.time - b.time);
  }

  /** INPUT_INVALID for what is no id, NOT_FOUND for one that no dead letter has. */
  find(id: string): DeadLetter {
    const known = this.#keys.get(letterIdOf(placeOfLetter(id)));
    if (known !== undefined) return this.#told(this.#entries.get(known)!);
    throw new EpochlogError(
      'NOT_FOUND',
      `there is no dead letter ${id}: \`epochlog dlq list --all\` shows those there are`,
    );
  }

  /** All attempts of its service at the event of a dead letter, the first one first. */
  attempts({ service, original, id }: DeadLetter): DeadLetter[] {
    const ofSame = (letter: Letter) =>
      letter.id === id ||
      (original !== null && letter.service === service && samePlace(letter.original, original));
    return [...this.#entries.values()]
      .filter(({ letter }) => ofSame(letter))
      .map((entry) => this.#told(entry))
      .sort((a, b) => a.attempt - b.attempt);
  }

  async #readOn(): Promise<void> {
    for (const end of await this.#log.endOffsets([DECISIONS, ...letterTopics()])) {
      const offset = this.#read.get(partitionKey(end)) ?? 0;
      for await (const record of readPartition(this.#log, { ...end, offset }, end.offset)) {
        if (isDeadLetterTopic(record.topic)) this.#add(record);
        else this.#decided(await decodable(record, this.#codec));
      }
      this.#read.set(partitionKey(end), Math.max(offset, end.offset));
    }
  }

  #add(record: StoredRecord): void {
    const letter = letterOf(record);
    const key = keyOfAttempt(letter, letter.attempt);
    const entry = this.#entries.get(key);
    if (record.headers.dlq_retry !== undefined) {
      if (entry) entry.order ??= { topic: letter.topic, partition: letter.partition, offset: letter.offset };
      return;
    }
    this.#keys.set(letter.id, key);
    if (entry) {
      entry.copies += 1;
      return;
    }
    this.#entries.set(key, { letter, copies: 1 });
    this.#about.set(aboutOf(letter), 1 + (this.#about.get(aboutOf(letter)) ?? 0));
  }

  #decided(event: Event | undefined): void {
    if (event?.type !== 'DeadLetterRetryRequested' && event?.type !== 'DeadLetterDiscardRequested') return;
    const { time, id: eventId, data } = event;
    const what = event.type === 'DeadLetterRetryRequested' ? 'retry' : 'discard';
    const { letterId, requestedBy, reason } = data;
    const decision = { what, time, requestedBy, reason, eventId } as const;
    const decisions = this.#decisions.get(aboutOf(data)) ?? [];
    this.#decisions.set(aboutOf(data), [...decisions, { letterId, decision }]);
  }

  /** The first decision of a kind about a letter. The id that it had then tells it from others about the same. */
  #decisionOf(letter: Letter, what: Decision['what']): Decision | null {
    const about = aboutOf(letter);
    const isOnly = letter.eventId !== '' && this.#about.get(about) === 1;
    const found = this.#decisions
      .get(about)
      ?.find(({ letterId, decision }) => decision.what === what && (isOnly || letterId === letter.id));
    return found?.decision ?? null;
  }

  /** Asks how far services have come to which orders are still open; whether there are any. */
  async #lookWhereServicesAre(): Promise<boolean> {
    const open = [...this.#entries.values()].filter((entry) => this.#stateOf(entry) === 'ordered');
    for (const [service, entries] of Map.groupBy(open, ({ letter }) => letter.service)) {
      const topics = [...new Set(entries.map(({ letter }) => letter.topic))];
      for (const position of await this.#log.committed(service, topics))
        this.#committed.set(`${service} ${partitionKey(position)}`, position.offset);
    }
    return open.length > 0;
  }

  #told(entry: Entry): DeadLetter {
    const { letter, copies } = entry;
    const state = this.#stateOf(entry);
    const what = state === 'discarded' ? 'discard' : 'retry';
    return {
      ...letter,
      state,
      copies,
      decision: this.#decisionOf(letter, what),
      next: this.#next(letter)?.id ?? null,
    };
  }

  #stateOf({ letter, order }: Entry): LetterState {
    if (this.#next(letter)) return 'failed';
    if (order) {
      const committed = this.#committed.get(`${letter.service} ${partitionKey(order)}`) ?? 0;
      return committed > order.offset ? 'done' : 'ordered';
    }
    return this.#decisionOf(letter, 'discard') ? 'discarded' : 'open';
  }

  #next(letter: Letter): Letter | undefined {
    return this.#entries.get(keyOfAttempt(letter, letter.attempt + 1))?.letter;
  }
}

const aboutOf = ({
  topic,
  service,
  eventId,
  attempt,
}: Pick<Letter, 'topic' | 'service' | 'eventId' | 'attempt'>): string =>
  `${topic} ${service} ${eventId} ${attempt}`;

const samePlace = (a: Position | null, b: Position): boolean =>
  a !== null && a.topic === b.topic && a.partition === b.partition && a.offset === b.offset;
