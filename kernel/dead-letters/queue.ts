import type { Codec } from '../codec.ts';
import { decodable } from '../codec.ts';
import { EpochlogError } from '../errors.ts';
import type { LoggedEvent } from '../event.ts';
import { partitionKey } from '../partitions.ts';
import type { EventLog, Position, StoredRecord } from '../ports/log.ts';
import { readPartition } from '../reader.ts';
import { isDeadLetterTopic } from '../topics.ts';
import {
  attemptKeyOf,
  type DeadLetter,
  type DeadLetterRecord,
  type DeadLetterState,
  type Decision,
  deadLetterIdOf,
  deadLetterPosition,
  deadLetterTopics,
  parseDeadLetter,
} from './dead-letter.ts';
import { type DeadLetterRequest, DISCARD_REQUESTED, REDRIVE_REQUESTED, REQUEST_TOPIC } from './events.ts';

/** Criteria for dead letters. */
export interface DeadLetterFilter {
  stream?: string | undefined;
  service?: string | undefined;
  code?: string | undefined;
  /** also closed ones: redriven or discarded */
  all?: boolean | undefined;
}

/** A failed attempt. */
interface Entry {
  deadLetter: DeadLetterRecord;
  copies: number;
  /** position of the first redrive record */
  redrive?: Position;
}

/** The dead-letter queue of a log, as of its last refresh. */
export class DeadLetterQueue {
  readonly #log: EventLog;
  readonly #codec: Codec;
  /** by attempt key, in the order read */
  readonly #entries = new Map<string, Entry>();
  /** attempt key by dead-letter id */
  readonly #keys = new Map<string, string>();
  /** by event and attempt, because migration changes the positions in ids */
  readonly #decisions = new Map<string, { deadLetterId: string; decision: Decision }[]>();
  /** number of dead letters by event and attempt */
  readonly #countBySubject = new Map<string, number>();
  /** next offset to read, by partition */
  readonly #read = new Map<string, number>();
  /** committed offset by service and partition, asked for before the last read */
  readonly #committed = new Map<string, number>();

  constructor(log: EventLog, codec: Codec) {
    this.#log = log;
    this.#codec = codec;
  }

  /**
   * Reads new records. Committed offsets are asked for before the last read, so that the outcome of every redrive record
   * behind a committed offset is known.
   */
  async refresh(): Promise<void> {
    await this.#readNew();
    if (await this.#readCommitted()) await this.#readNew();
  }

  /** The dead letters that match, oldest first. */
  list({ stream, service, code, all = false }: DeadLetterFilter = {}): DeadLetter[] {
    const found: DeadLetter[] = [];
    for (const entry of this.#entries.values()) {
      const { deadLetter } = entry;
      const isWanted =
        (stream === undefined || deadLetter.id.startsWith(`${stream}/`)) &&
        (service === undefined || deadLetter.service === service) &&
        (code === undefined || deadLetter.code === code);
      if (isWanted && (all || this.#stateOf(entry) === 'open')) found.push(this.#describe(entry));
    }
    return found.sort((a, b) => a.time - b.time);
  }

  /** INPUT_INVALID for what is no id, NOT_FOUND when no dead letter has it. */
  find(id: string): DeadLetter {
    const known = this.#keys.get(deadLetterIdOf(deadLetterPosition(id, this.#codec.catalogue.streams)));
    if (known !== undefined) return this.#describe(this.#entries.get(known)!);
    throw new EpochlogError(
      'NOT_FOUND',
      `there is no dead letter ${id}: \`epochlog dlq list --all\` shows those there are`,
    );
  }

  /** All attempts of the service at the record of a dead letter, the first one first. */
  attempts({ service, original, id }: DeadLetter): DeadLetter[] {
    const isAttempt = (other: DeadLetterRecord) =>
      other.id === id ||
      (original !== null && other.service === service && samePosition(other.original, original));
    return [...this.#entries.values()]
      .filter(({ deadLetter }) => isAttempt(deadLetter))
      .map((entry) => this.#describe(entry))
      .sort((a, b) => a.attempt - b.attempt);
  }

  async #readNew(): Promise<void> {
    for (const end of await this.#log.endOffsets([
      REQUEST_TOPIC,
      ...deadLetterTopics(this.#codec.catalogue.streams),
    ])) {
      const offset = this.#read.get(partitionKey(end)) ?? 0;
      for await (const record of readPartition(this.#log, { ...end, offset }, end.offset)) {
        if (isDeadLetterTopic(record.topic)) this.#add(record);
        else for (const event of (await decodable(record, this.#codec)) ?? []) this.#decided(event);
      }
      this.#read.set(partitionKey(end), Math.max(offset, end.offset));
    }
  }

  #add(record: StoredRecord): void {
    const deadLetter = parseDeadLetter(record);
    const key = attemptKeyOf(deadLetter, deadLetter.attempt);
    const entry = this.#entries.get(key);
    if (record.headers.dlq_redrive !== undefined) {
      if (entry)
        entry.redrive ??= {
          topic: deadLetter.topic,
          partition: deadLetter.partition,
          offset: deadLetter.offset,
        };
      return;
    }
    this.#keys.set(deadLetter.id, key);
    if (entry) {
      entry.copies += 1;
      return;
    }
    this.#entries.set(key, { deadLetter, copies: 1 });
    this.#countBySubject.set(
      subjectKeyOf(deadLetter),
      1 + (this.#countBySubject.get(subjectKeyOf(deadLetter)) ?? 0),
    );
  }

  #decided(event: LoggedEvent): void {
    if (event.type !== REDRIVE_REQUESTED && event.type !== DISCARD_REQUESTED) return;
    const { time, id: eventId } = event;
    const data = event.data as DeadLetterRequest;
    const what = event.type === REDRIVE_REQUESTED ? 'redrive' : 'discard';
    const { deadLetterId, requestedBy, reason } = data;
    const decision = { what, time, requestedBy, reason, eventId } as const;
    const decisions = this.#decisions.get(subjectKeyOf(data)) ?? [];
    this.#decisions.set(subjectKeyOf(data), [...decisions, { deadLetterId, decision }]);
  }

  /** The first decision of a kind. The id tells apart dead letters of the same event and attempt. */
  #decisionOf(deadLetter: DeadLetterRecord, what: Decision['what']): Decision | null {
    const key = subjectKeyOf(deadLetter);
    const isOnly = deadLetter.eventId !== '' && this.#countBySubject.get(key) === 1;
    const found = this.#decisions
      .get(key)
      ?.find(
        ({ deadLetterId, decision }) => decision.what === what && (isOnly || deadLetterId === deadLetter.id),
      );
    return found?.decision ?? null;
  }

  /** Reads the committed offsets of services with open redrive records; whether there are any. */
  async #readCommitted(): Promise<boolean> {
    const open = [...this.#entries.values()].filter((entry) => this.#stateOf(entry) === 'redriving');
    for (const [service, entries] of Map.groupBy(open, ({ deadLetter }) => deadLetter.service)) {
      const topics = [...new Set(entries.map(({ deadLetter }) => deadLetter.topic))];
      for (const position of await this.#log.committed(service, topics))
        this.#committed.set(`${service} ${partitionKey(position)}`, position.offset);
    }
    return open.length > 0;
  }

  #describe(entry: Entry): DeadLetter {
    const { deadLetter, copies } = entry;
    const state = this.#stateOf(entry);
    const what = state === 'discarded' ? 'discard' : 'redrive';
    return {
      ...deadLetter,
      state,
      copies,
      decision: this.#decisionOf(deadLetter, what),
      next: this.#next(deadLetter)?.id ?? null,
    };
  }

  #stateOf({ deadLetter, redrive }: Entry): DeadLetterState {
    if (this.#next(deadLetter)) return 'failed';
    if (redrive) {
      const committed = this.#committed.get(`${deadLetter.service} ${partitionKey(redrive)}`) ?? 0;
      return committed > redrive.offset ? 'redriven' : 'redriving';
    }
    return this.#decisionOf(deadLetter, 'discard') ? 'discarded' : 'open';
  }

  #next(deadLetter: DeadLetterRecord): DeadLetterRecord | undefined {
    return this.#entries.get(attemptKeyOf(deadLetter, deadLetter.attempt + 1))?.deadLetter;
  }
}

const subjectKeyOf = ({
  topic,
  service,
  eventId,
  attempt,
}: Pick<DeadLetterRecord, 'topic' | 'service' | 'eventId' | 'attempt'>): string =>
  `${topic} ${service} ${eventId} ${attempt}`;

const samePosition = (a: Position | null, b: Position): boolean =>
  a !== null && a.topic === b.topic && a.partition === b.partition && a.offset === b.offset;
