import { EpochlogError, messageOf } from '../../../kernel/errors.ts';
import type { Position, StoredRecord, TopicSpec } from '../../../kernel/ports/log.ts';
import type { Environment, TopicRow } from './environment.ts';
import { corrupt } from './failure.ts';
import { decodeFrame } from './frame.ts';

/** One call gives no more than this (but always a record), whatever its limit: memory stays bounded. */
export const MAX_READ_BYTES = 16 << 20;

const OFFSET_BYTES = 6;
const KEY_BYTES = 4 + OFFSET_BYTES;
const LAST_OFFSET = 2 ** 48 - 1;

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
    return [...this.#env.topics.getRange({})].map(({ key, value }) => ({
      name: key,
      partitions: value.partitions,
    }));
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
  ends(topic: string): number[] {
    return this.#env.state.get(['ends', topic]) ?? zeros(this.topic(topic));
  }

  /** Of each partition, the next offset that the group will process. */
  committed(group: string, topic: string): number[] {
    return this.#env.state.get(['committed', group, topic]) ?? zeros(this.topic(topic));
  }

  /** The groups that have committed offsets, by name, and of which topics. */
  groups(): Map<string, string[]> {
    const groups = new Map<string, string[]>();
    for (const key of this.#env.state.getKeys({})) {
      if (!Array.isArray(key) || key[0] !== 'committed') continue;
      const [group, topic] = [String(key[1]), String(key[2])];
      groups.set(group, [...(groups.get(group) ?? []), topic]);
    }
    return groups;
  }

  /** How many have had a share of the group: the last one is the one that counts. */
  epoch(group: string, share: number): number {
    return this.#env.state.get(['epoch', group, share])?.[0] ?? 0;
  }

  /** Records of a partition from an offset on, until there are `limit` of them or (more than) `maxBytes` in all. */
  *read({ topic, partition, offset }: Position, limit: number, maxBytes: number): Iterable<Sequenced> {
    const { index } = this.topic(topic, partition);
    const start = recordKey(index, partition, Math.max(0, offset));
    const end = recordKey(index, partition, LAST_OFFSET);
    let left = maxBytes;
    for (const { key, value } of this.#env.records.getRange({ start, end, limit })) {
      yield this.#decode({ topic, partition, offset: offsetIn(key) }, value);
      left -= value.length;
      if (left <= 0) return;
    }
  }

  #decode(position: Position, bytes: Buffer): Sequenced {
    try {
      const { sequence, ...frame } = decodeFrame(bytes);
      return { sequence, bytes: bytes.length, record: { ...position, ...frame } };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const at = `${position.topic}/${position.partition}@${position.offset}`;
      throw corrupt(this.#env.path, `has a damaged record at ${at} (${messageOf(error)})`, error);
    }
  }
}

const zeros = ({ partitions }: TopicRow): number[] => new Array<number>(partitions).fill(0);

const offsetIn = (key: Buffer): number => key.readUIntBE(4, OFFSET_BYTES);
