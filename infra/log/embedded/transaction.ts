import { EpochlogError } from '../../../kernel/errors.ts';
import type { LogRecord, Position, TopicSpec } from '../../../kernel/ports/log.ts';
import { partitionOf } from '../partition.ts';
import { assertName, assertValidTopic } from '../topic.ts';
import type { Environment } from './databases.ts';
import { encodeFrame, stamp } from './frame.ts';
import { prefixesOf } from './record-index.ts';
import { recordKey, type Storage, type Tail } from './storage.ts';

/** The right to commit for a shard of a consumer group, until a lease with a higher epoch is given. */
export interface GroupLease {
  group: string;
  shard: number;
  epoch: number;
}

/** A record encoded outside the transaction, so that the transaction is short and cannot fail on it. */
export interface PreparedRecord {
  readonly topic: string;
  readonly key: Buffer;
  readonly frame: Buffer;
  /** the beginnings of its keys in the index */
  readonly indexed: readonly Buffer[];
}

const NOTHING = Buffer.alloc(0);

export const prepare = (record: LogRecord): PreparedRecord => ({
  topic: record.topic,
  key: Buffer.from(record.key),
  frame: encodeFrame(record),
  indexed: prefixesOf(record.headers),
});

export const totalBytes = (records: readonly PreparedRecord[]): number =>
  records.reduce((sum, { frame }) => sum + frame.length, 0);

/**
 * The changes of several callers in one LMDB write transaction. Each change validates before it writes, so that an
 * invalid change fails its own caller only.
 */
export class Transaction {
  readonly #env: Environment;
  readonly #storage: Storage;
  readonly #tail: Tail;
  /** the number of records before it */
  readonly sizeBefore: number;
  readonly #now: number;
  readonly #endOffsets = new Map<string, number[]>();

  constructor(env: Environment, storage: Storage) {
    this.#env = env;
    this.#storage = storage;
    this.#tail = storage.tail();
    this.sizeBefore = this.#tail.sequence;
    this.#now = Math.max(Date.now(), this.#tail.timestamp);
  }

  /** The number of records in the log, those of this transaction included. */
  get size(): number {
    return this.#tail.sequence;
  }

  /** The end offsets of the topics that it appends to. */
  get appended(): ReadonlyMap<string, readonly number[]> {
    return this.#endOffsets;
  }

  createTopics(specs: readonly TopicSpec[]): void {
    for (const spec of specs) assertValidTopic(spec, (name) => this.#env.topics.get(name)?.partitions);
    for (const { name, partitions } of specs) {
      if (this.#env.topics.has(name)) continue;
      this.#env.topics.putSync(name, { index: this.#env.topics.entries().length, partitions });
    }
  }

  append(records: readonly PreparedRecord[]): Position[] {
    const topics = new Map(records.map(({ topic }) => [topic, this.#storage.topic(topic)]));
    return records.map(({ topic, key, frame, indexed }) => {
      const { index, partitions } = topics.get(topic)!;
      const partition = partitionOf(key, partitions);
      const offset = this.#endOffsetsOf(topic)[partition]!++;
      const storageKey = recordKey(index, partition, offset);
      stamp(frame, storageKey, this.#tail.sequence++, this.#now);
      this.#env.records.putSync(storageKey, frame);
      for (const prefix of indexed) this.#env.index.putSync(Buffer.concat([prefix, storageKey]), NOTHING);
      return { topic, partition, offset };
    });
  }

  /** Leases a shard of a group; the former lease is fenced. */
  lease(group: string, shard: number): GroupLease {
    assertName('group', group);
    const epoch = this.#storage.epoch(group, shard) + 1;
    this.#env.state.putSync(['epoch', group, shard], [epoch]);
    return { group, shard, epoch };
  }

  /** CONSUMER_FENCED when there is a newer lease, CONFLICT for an offset beyond the end of its partition. */
  commit(lease: GroupLease, next: readonly Position[], outputs: readonly PreparedRecord[]): void {
    const { group } = lease;
    assertNotFenced(lease, this.#storage);
    for (const position of next) this.#assertNotBeyondEnd(position);
    this.append(outputs);
    for (const [topic, positions] of Map.groupBy(next, ({ topic }) => topic)) {
      const committed = this.#storage.committed(group, topic);
      for (const { partition, offset } of positions) committed[partition] = offset;
      this.#env.state.putSync(['committed', group, topic], committed);
    }
  }

  /** Writes the end offsets and the tail once for all appends. */
  finish(): void {
    for (const [topic, ends] of this.#endOffsets) this.#env.state.putSync(['ends', topic], ends);
    if (this.#endOffsets.size > 0) this.#env.state.putSync('tail', [this.#tail.sequence, this.#now]);
  }

  #assertNotBeyondEnd({ topic, partition, offset }: Position): void {
    this.#storage.topic(topic, partition);
    const end = (this.#endOffsets.get(topic) ?? this.#storage.endOffsets(topic))[partition]!;
    if (offset <= end) return;
    throw new EpochlogError(
      'CONFLICT',
      `offset ${offset} of ${topic}/${partition} cannot be committed: the end offset is ${end}`,
    );
  }

  #endOffsetsOf(topic: string): number[] {
    const ends = this.#endOffsets.get(topic) ?? this.#storage.endOffsets(topic);
    this.#endOffsets.set(topic, ends);
    return ends;
  }
}

export function assertNotFenced({ group, shard, epoch }: GroupLease, storage: Storage): void {
  if (storage.epoch(group, shard) === epoch) return;
  throw new EpochlogError('CONSUMER_FENCED', `another consumer of group '${group}' has taken over the shard`);
}
