import { EpochlogError, messageOf } from '../../../kernel/errors.ts';
import type { Position, StoredRecord, TopicSpec } from '../../../kernel/ports/log.ts';
import type { Environment, TopicRow } from './environment.ts';
import { corrupt, readFailure } from './failure.ts';
import { decodeFrame } from './frame.ts';

/** One call gives no more than this (but always a record), whatever its limit: memory stays bounded. */
export const MAX_READ_BYTES = 16 << 20;

const OFFSET_BYTES = 6;
const KEY_BYTES = 4 + OFFSET_BYTES;

/** A record with its place among all records of the log. */
export interface Sequenced {
  sequence: number;
  bytes: number;
  record: StoredRecord;
}

/** Where the log ends: the sequence of the next record, and the timestamp of the last. */
export interface Tail {
  sequence: number;
  timestamp: number;
}

/** Where a record lies: records of a partition are neighbours, in the order of their offsets. */
export function recordKey(topicIndex: number, partition: number, offset: number): Buffer {
  const key = Buffer.allocUnsafe(KEY_BYTES);
  key.writeUInt16BE(topicIndex, 0);
  key.writeUInt16BE(partition, 2);
  key.writeUIntBE(offset, 4, OFFSET_BYTES);
  return key;
}

/** What is in the log. Calls made in one turn of the event loop, or in a transaction, see one state of it. */
export class Storage {
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  topics(): TopicSpec[] {
    return this.#env.topics.entries().map(([name, { partitions }]) => ({ name, partitions }));
  }

  /** LOG_TOPIC_UNKNOWN when there is no such topic, or it has no such partition. */
  topic(name: string, partition = 0): TopicRow {
    const known = this.#env.topics.get(name);
    if (!known) throw new EpochlogError('LOG_TOPIC_UNKNOWN', `no topic '${name}' in ${this.#env.path}`);
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

  /** Of each partition, the offset of its next record. */
  endOffsets(topic: string): number[] {
    return this.#env.state.get(['ends', topic]) ?? zeros(this.topic(topic));
  }

  /** Of each partition, the next offset that the group will process. */
  committed(group: string, topic: string): number[] {
    return this.#env.state.get(['committed', group, topic]) ?? zeros(this.topic(topic));
  }

  /** The groups that have committed offsets, by name, and of which topics. */
  groups(): Map<string, string[]> {
    const groups = new Map<string, string[]>();
    for (const [key] of this.#env.state.entries()) {
      if (!Array.isArray(key) || key[0] !== 'committed') continue;
      const [group, topic] = [String(key[1]), String(key[2])];
      groups.set(group, [...(groups.get(group) ?? []), topic]);
    }
    return groups;
  }

  /** How many have had a shard of the group: the last one is the one that counts. */
  epoch(group: string, shard: number): number {
    return this.#env.state.get(['epoch', group, shard])?.[0] ?? 0;
  }

  /**
   * Records of a partition from an offset on, until there are `limit` of them or (more than) `maxBytes` in all, or the
   * partition ends. LOG_CORRUPT when one is damaged, or is not where it belongs.
   */
  *read({ topic, partition, offset }: Position, limit: number, maxBytes: number): Iterable<Sequenced> {
    const { index } = this.topic(topic, partition);
    const first = Math.max(0, offset);
    const after = Math.min(this.endOffsets(topic)[partition]!, first + limit);
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

  /** What LMDB finds damaged as it goes on. */
  *#reading<T>(entries: Iterable<T>): Iterable<T> {
    try {
      yield* entries;
    } catch (error) {
      throw readFailure(error, this.#env.path);
    }
  }

  #missing(position: Position): EpochlogError {
    return corrupt(this.#env.path, `has no record at ${placeOf(position)}, where there was one`);
  }

  #decode(position: Position, key: Buffer, bytes: Buffer): Sequenced {
    try {
      const { sequence, ...frame } = decodeFrame(bytes, key);
      return { sequence, bytes: bytes.length, record: { ...position, ...frame } };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const what = `has a damaged record at ${placeOf(position)} (${messageOf(error)})`;
      throw corrupt(this.#env.path, what, error);
    }
  }
}

const placeOf = ({ topic, partition, offset }: Position): string => `${topic}/${partition}@${offset}`;

const zeros = ({ partitions }: TopicRow): number[] => new Array<number>(partitions).fill(0);

const offsetIn = (key: Buffer): number => key.readUIntBE(4, OFFSET_BYTES);
