import { partitionsOfShard } from '../../../kernel/partitions.ts';
import {
  type Consumer,
  type EventLog,
  type Follower,
  type LogRecord,
  type Position,
  type Shard,
  SINGLE_SHARD,
  type StoredRecord,
  type TopicSpec,
} from '../../../kernel/ports/log.ts';
import { untilAborted } from '../until-aborted.ts';
import { Arrivals } from './arrivals.ts';
import { EmbeddedConsumer, type Shared } from './consumer.ts';
import { EmbeddedFollower } from './follower.ts';
import { EmbeddedRegistry } from './registry.ts';
import { type Borrowed, borrowEnvironment } from './shared-environment.ts';
import { MAX_READ_BYTES, Storage } from './storage.ts';
import { prepare, weigh } from './transaction.ts';
import { Writer } from './writer.ts';

/**
 * Opens the event log in a folder, creating it if need be. Several processes may have it open and append, read
 * and follow. LOG_CORRUPT when the folder holds something else or a damaged log, DISK_FULL, LOG_UNAVAILABLE when
 * it may not be read or written.
 */
export async function openEmbeddedLog({ path }: { path: string }): Promise<EmbeddedLog> {
  return new EmbeddedLog(await borrowEnvironment(path));
}

/** The event log in one LMDB file. Appends and commits that come together share one commit to disk. */
export class EmbeddedLog implements EventLog {
  readonly registry: EmbeddedRegistry;
  readonly #borrowed: Borrowed;
  readonly #shared: Shared;
  readonly #followers = new Set<Follower>();
  #closed: Promise<void> | undefined;

  constructor(borrowed: Borrowed) {
    const { environment: env } = borrowed;
    const storage = new Storage(env);
    const arrivals = new Arrivals(() => storage.tail().sequence);
    const writer = new Writer(env, storage, (topics) => arrivals.notify(topics));
    this.#borrowed = borrowed;
    this.#shared = { storage, arrivals, writer };
    this.registry = new EmbeddedRegistry(env, writer);
  }

  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    const there = new Map(this.#open.storage.topics().map(({ name, partitions }) => [name, partitions]));
    if (topics.every(({ name, partitions }) => there.get(name) === partitions)) return; // no write: the disk may be full
    await this.#open.writer.write((transaction) => transaction.createTopics(topics));
  }

  async topics(): Promise<TopicSpec[]> {
    return this.#open.storage.topics();
  }

  async append(records: readonly LogRecord[]): Promise<Position[]> {
    const prepared = records.map(prepare);
    return this.#open.writer.write((transaction) => transaction.append(prepared), weigh(prepared));
  }

  async read(from: Position, limit: number): Promise<StoredRecord[]> {
    return Array.from(this.#open.storage.read(from, limit, MAX_READ_BYTES), ({ record }) => record);
  }

  async endOffsets(topics: readonly string[]): Promise<Position[]> {
    const { storage } = this.#open;
    return topics.flatMap((topic) => positions(topic, storage.endOffsets(topic)));
  }

  async committed(group: string, topics: readonly string[]): Promise<Position[]> {
    const { storage } = this.#open;
    return topics.flatMap((topic) => positions(topic, storage.committed(group, topic)));
  }

  /** The groups that have committed anything, by name, and the topics of which they have. */
  async groups(): Promise<Map<string, string[]>> {
    return this.#open.storage.groups();
  }

  async consumer(group: string, topics: readonly string[], shard: Shard = SINGLE_SHARD): Promise<Consumer> {
    const { writer } = this.#open;
    const committed = () => this.committed(group, [...new Set(topics)]);
    await committed(); // an unknown topic ends nobody's work
    const place = await writer.write((transaction) => transaction.join(group, shard.index));
    const from = partitionsOfShard(shard, await committed());
    return this.#opened((onClose) => new EmbeddedConsumer(place, from, this.#shared, onClose));
  }

  /** One process has all. */
  async *assignments(
    _group: string,
    _topics: readonly string[],
    _most: number,
    signal: AbortSignal,
  ): AsyncIterable<readonly Shard[]> {
    yield [SINGLE_SHARD];
    await untilAborted(signal);
  }

  follow(from: readonly Position[]): Follower {
    const { storage, arrivals } = this.#open;
    for (const { topic, partition } of from) storage.topic(topic, partition);
    return this.#opened((onClose) => new EmbeddedFollower(storage, arrivals, from, onClose));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  #opened<F extends Follower>(open: (onClose: () => void) => F): F {
    const follower = open(() => this.#followers.delete(follower));
    this.#followers.add(follower);
    return follower;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#followers].map((follower) => follower.close()));
    await this.#shared.writer.idle();
    await this.#borrowed.release();
  }

  get #open(): Shared {
    if (this.#closed) throw new Error(`the event log in ${this.#borrowed.environment.path} is closed`);
    return this.#shared;
  }
}

const positions = (topic: string, offsets: readonly number[]): Position[] =>
  offsets.map((offset, partition) => ({ topic, partition, offset }));
