import { EpochlogError } from '../../../kernel/errors.ts';
import type { LogRecord, Position, TopicSpec } from '../../../kernel/ports/log.ts';
import { partitionOf } from '../partition.ts';
import { assertFits, assertName } from '../topic.ts';
import type { Environment } from './environment.ts';
import { encodeFrame, stamp } from './frame.ts';
import { recordKey, type Storage, type Tail } from './storage.ts';

/** A shard of a consumer group, as somebody has it. */
export interface Place {
  group: string;
  shard: number;
  /** who had it before, counted */
  epoch: number;
}

/** A record made ready outside the transaction, so that within it little is left to do and nothing can fail. */
export interface Prepared {
  readonly topic: string;
  readonly key: Buffer;
  readonly frame: Buffer;
}

export const prepare = (record: LogRecord): Prepared => ({
  topic: record.topic,
  key: Buffer.from(record.key),
  frame: encodeFrame(record),
});

/** Their size in bytes. */
export const weigh = (records: readonly Prepared[]): number =>
  records.reduce((sum, { frame }) => sum + frame.length, 0);

/**
 * What several callers change in one commit. It lives within one LMDB write transaction. Each change checks before
 * it writes, so that one caller's mistake is an error of that caller alone.
 */
export class Transaction {
  readonly #env: Environment;
  readonly #storage: Storage;
  readonly #tail: Tail;
  readonly #now: number;
  readonly #ends = new Map<string, number[]>();

  constructor(env: Environment, storage: Storage) {
    this.#env = env;
    this.#storage = storage;
    this.#tail = storage.tail();
    this.#now = Math.max(Date.now(), this.#tail.timestamp);
  }

  /** How many records the log has with those of this transaction. */
  get size(): number {
    return this.#tail.sequence;
  }

  /** Topics that got records. */
  get touched(): Iterable<string> {
    return this.#ends.keys();
  }

  createTopics(specs: readonly TopicSpec[]): void {
    for (const spec of specs) assertFits(spec, (name) => this.#env.topics.get(name)?.partitions);
    for (const { name, partitions } of specs) {
      if (this.#env.topics.has(name)) continue;
      this.#env.topics.putSync(name, { index: this.#env.topics.entries().length, partitions });
    }
  }

  append(records: readonly Prepared[]): Position[] {
    const topics = new Map(records.map(({ topic }) => [topic, this.#storage.topic(topic)]));
    return records.map(({ topic, key, frame }) => {
      const { index, partitions } = topics.get(topic)!;
      const partition = partitionOf(key, partitions);
      const offset = this.#endsOf(topic)[partition]!++;
      const place = recordKey(index, partition, offset);
      stamp(frame, place, this.#tail.sequence++, this.#now);
      this.#env.records.putSync(place, frame);
      return { topic, partition, offset };
    });
  }

  /** Gives the caller a shard of a group: whoever had it is fenced. */
  join(group: string, shard: number): Place {
    assertName('group', group);
    const epoch = this.#storage.epoch(group, shard) + 1;
    this.#env.state.putSync(['epoch', group, shard], [epoch]);
    return { group, shard, epoch };
  }

  /** CONSUMER_FENCED when another has had the place since, CONFLICT for an offset beyond the end of its partition. */
  commit(place: Place, next: readonly Position[], outputs: readonly Prepared[]): void {
    const { group } = place;
    assertNotFenced(place, this.#storage);
    for (const position of next) this.#assertReached(position);
    this.append(outputs);
    for (const [topic, positions] of Map.groupBy(next, ({ topic }) => topic)) {
      const committed = this.#storage.committed(group, topic);
      for (const { partition, offset } of positions) committed[partition] = offset;
      this.#env.state.putSync(['committed', group, topic], committed);
    }
  }

  /** Writes what all appends together have changed. */
  finish(): void {
    for (const [topic, ends] of this.#ends) this.#env.state.putSync(['ends', topic], ends);
    if (this.#ends.size > 0) this.#env.state.putSync('tail', [this.#tail.sequence, this.#now]);
  }

  #assertReached({ topic, partition, offset }: Position): void {
    this.#storage.topic(topic, partition);
    const end = (this.#ends.get(topic) ?? this.#storage.endOffsets(topic))[partition]!;
    if (offset <= end) return;
    throw new EpochlogError(
      'CONFLICT',
      `offset ${offset} of ${topic}/${partition} cannot be committed: the partition ends at ${end}`,
    );
  }

  #endsOf(topic: string): number[] {
    const ends = this.#ends.get(topic) ?? this.#storage.endOffsets(topic);
    this.#ends.set(topic, ends);
    return ends;
  }
}

export function assertNotFenced({ group, shard, epoch }: Place, storage: Storage): void {
  if (storage.epoch(group, shard) === epoch) return;
  throw new EpochlogError('CONSUMER_FENCED', `another member of group '${group}' has taken over`);
}
