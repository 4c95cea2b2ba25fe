import { EpochlogError, messageOf } from '../../../kernel/errors.ts';
import { positionKey } from '../../../kernel/partitions.ts';
import type { IndexedHeader, Position, StoredRecord, TopicSpec } from '../../../kernel/ports/log.ts';
import type { Environment, TopicRow } from './databases.ts';
import { corrupt, readFailure } from './failure.ts';
import { decodeFrame } from './frame.ts';
import { PREFIX_BYTES, prefixOf } from './record-index.ts';

/** A read returns no more than this, but one record at least: memory is bounded. */
export const MAX_READ_BYTES = 16 << 20;

const OFFSET_BYTES = 6;
const KEY_BYTES = 4 + OFFSET_BYTES;

/** A record with its sequence number in the whole log. */
export interface Sequenced {
  sequence: number;
  bytes: number;
  record: StoredRecord;
}

/** The end of the log: the sequence number of the next record, and the timestamp of the last. */
export interface Tail {
  sequence: number;
  timestamp: number;
}

/** The storage key of a record: records of a partition are neighbours, in the order of their offsets. */
export function recordKey(topicIndex: number, partition: number, offset: number): Buffer {
  const key = Buffer.allocUnsafe(KEY_BYTES);
  key.writeUInt16BE(topicIndex, 0);
  key.writeUInt16BE(partition, 2);
  key.writeUIntBE(offset, 4, OFFSET_BYTES);
  return key;
}

/** Reads the log. Calls in one turn of the event loop, or in a transaction, see one snapshot. */
export class Storage {
  readonly #env: Environment;

  /** Rows that were read: they never change. */
  readonly #topics = new Map<string, TopicRow>();
  /** End offsets that were read when the log had so many records: only a record that is appended changes any. */
  readonly #ends = new Map<string, readonly number[]>();
  #endsAt = -1;

  constructor(env: Environment) {
    this.#env = env;
  }

  topics(): TopicSpec[] {
    return this.#env.topics.entries().map(([name, { partitions }]) => ({ name, partitions }));
  }

  /** LOG_TOPIC_UNKNOWN when there is no such topic, or it has no such partition. */
  topic(name: string, partition = 0): TopicRow {
    const known = this.#topics.get(name) ?? this.#env.topics.get(name);
    if (!known) throw new EpochlogError('LOG_TOPIC_UNKNOWN', `no topic '${name}' in ${this.#env.path}`);
    this.#topics.set(name, known);
    if (Number.isInteger(partition) && partition >= 0 && partition < known.partitions) return known;
    throw new EpochlogError(
      'LOG_TOPIC_UNKNOWN',
      `no partition ${partition} in topic '${name}' of ${this.#env.path}: it has ${known.partitions}`,
    );
  }

  tail(): Tail {
    const [sequence = 0, timestamp = 0] = this.#env.state.get('tail') ?? [];
    return { sequence, timestamp };
  }

  /** The end offset of each partition. */
  endOffsets(topic: string): number[] {
    return this.#env.state.get(['ends', topic]) ?? zeros(this.topic(topic));
  }

  /** The end offsets of several topics: of all that stayed as they were only the size of the log is read. */
  allEndOffsets(topics: Iterable<string>): Map<string, readonly number[]> {
    const { sequence } = this.tail();
    if (sequence > this.#endsAt) {
      this.#ends.clear();
      this.#endsAt = sequence;
    }
    const isOlder = sequence < this.#endsAt; // this turn of the event loop still reads the snapshot before a commit
    const ends = new Map<string, readonly number[]>();
    for (const topic of topics) {
      const read = (isOlder ? undefined : this.#ends.get(topic)) ?? this.endOffsets(topic);
      if (!isOlder) this.#ends.set(topic, read);
      ends.set(topic, read);
    }
    return ends;
  }

  /** This process has appended to these topics, whose end offsets are given, when the log had `before` records. */
  appended(before: number, after: number, ends: ReadonlyMap<string, readonly number[]>): void {
    if (before !== this.#endsAt) return;
    this.#endsAt = after;
    for (const [topic, offsets] of ends) this.#ends.set(topic, offsets);
  }

  /** The committed offset of the group, of each partition. */
  committed(group: string, topic: string): number[] {
    return this.#env.state.get(['committed', group, topic]) ?? zeros(this.topic(topic));
  }

  /** The groups with committed offsets, and the topics of these. */
  groups(): Map<string, string[]> {
    const groups = new Map<string, string[]>();
    for (const [key] of this.#env.state.entries()) {
      if (!Array.isArray(key) || key[0] !== 'committed') continue;
      const [group, topic] = [String(key[1]), String(key[2])];
      groups.set(group, [...(groups.get(group) ?? []), topic]);
    }
    return groups;
  }

  /** The epoch of the newest lease of a shard; 0 when there was none. */
  epoch(group: string, shard: number): number {
    return this.#env.state.get(['epoch', group, shard])?.[0] ?? 0;
  }

  /**
   * Records of a partition from an offset on: `limit` at most, and no more after `maxBytes` are reached. LOG_CORRUPT when
   * one is damaged or missing.
   */
  *read({ topic, partition, offset }: Position, limit: number, maxBytes: number): Iterable<Sequenced> {
    const { index } = this.topic(topic, partition);
    const first = Math.max(0, offset);
    const after = Math.min(this.allEndOffsets([topic]).get(topic)![partition]!, first + limit);
    if (first >= after) return;
    const start = recordKey(index, partition, first);
    const end = recordKey(index, partition, after);
    let [next, left] = [first, maxBytes];
    for (const { key, value } of this.#reading(this.#env.records.getRange({ start, end }))) {
      const position = { topic, partition, offset: next };
      if (offsetIn(key) !== next) throw this.#missing(position);
      yield this.#decode(position, key, value);
      next += 1;
      left -= value.length;
      if (left <= 0) return;
    }
    if (next < after) throw this.#missing({ topic, partition, offset: next });
  }

  /** Offsets before `end` of records with this value of the header, the latest first. */
  lookUp(end: Position, header: IndexedHeader, value: string, limit: number): number[] {
    const { index } = this.topic(end.topic, end.partition);
    if (end.offset <= 0) return [];
    const prefix = prefixOf(header, value);
    const last = recordKey(index, end.partition, end.offset - 1);
    const start = Buffer.concat([prefix, last]);
    const beforeAll = Buffer.concat([prefix, last.subarray(0, -OFFSET_BYTES)]);
    const keys = this.#env.index.getKeys({ start, end: beforeAll, reverse: true, limit });
    return Array.from(this.#reading(keys), (key) => key.readUIntBE(PREFIX_BYTES + 4, OFFSET_BYTES));
  }

  /** Damage that LMDB finds during the iteration is LOG_CORRUPT. */
  *#reading<T>(entries: Iterable<T>): Iterable<T> {
    try {
      yield* entries;
    } catch (error) {
      throw readFailure(error, this.#env.path);
    }
  }

  #missing(position: Position): EpochlogError {
    return corrupt(this.#env.path, `lacks the record at ${positionKey(position)}`);
  }

  #decode(position: Position, key: Buffer, bytes: Buffer): Sequenced {
    try {
      const { sequence, ...frame } = decodeFrame(bytes, key);
      return { sequence, bytes: bytes.length, record: { ...position, ...frame } };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const what = `has a damaged record at ${positionKey(position)} (${messageOf(error)})`;
      throw corrupt(this.#env.path, what, error);
    }
  }
}

const zeros = ({ partitions }: TopicRow): number[] => new Array<number>(partitions).fill(0);

const offsetIn = (key: Buffer): number => key.readUIntBE(4, OFFSET_BYTES);
