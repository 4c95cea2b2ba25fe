import { partitionsOfShard } from '../../../kernel/partitions.ts';
import {
  type Consumer,
  type EventLog,
  type Follower,
  type IndexedHeader,
  type LogRecord,
  type Position,
  type Shard,
  SINGLE_SHARD,
  type StoredRecord,
  type TopicSpec,
} from '../../../kernel/ports/log.ts';
import { untilAborted } from '../until-aborted.ts';
import { AppendNotifier } from './append-notifier.ts';
import { EmbeddedConsumer, type LogParts } from './consumer.ts';
import { EmbeddedFollower } from './follower.ts';
import { acquireEnvironment, type EnvironmentReference } from './reference-counted-environment.ts';
import { EmbeddedRegistry } from './registry.ts';
import { MAX_READ_BYTES, Storage } from './storage.ts';
import { prepare, totalBytes } from './transaction.ts';
import { Writer } from './writer.ts';

/**
 * Opens the event log in a folder, creating it if need be. Several processes may append, read and follow at
 * once. LOG_CORRUPT when the folder holds something else or a damaged log, DISK_FULL, LOG_UNAVAILABLE without permission
 * to read or write.
 */
export async function openEmbeddedLog({ path }: { path: string }): Promise<EmbeddedLog> {
  return new EmbeddedLog(await acquireEnvironment(path));
}

/** The event log in one LMDB file. Concurrent appends and commits share one LMDB commit. */
export class EmbeddedLog implements EventLog {
  readonly registry: EmbeddedRegistry;
  readonly #reference: EnvironmentReference;
  readonly #parts: LogParts;
  readonly #followers = new Set<Follower>();
  #closed: Promise<void> | undefined;

  constructor(reference: EnvironmentReference) {
    const { environment: env } = reference;
    const storage = new Storage(env);
    const notifier = new AppendNotifier(() => storage.tail().sequence);
    const writer = new Writer(env, storage, (topics) => notifier.notify(topics));
    this.#reference = reference;
    this.#parts = { storage, notifier, writer };
    this.registry = new EmbeddedRegistry(env, writer);
  }

  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    const existing = new Map(this.#open.storage.topics().map(({ name, partitions }) => [name, partitions]));
    if (topics.every(({ name, partitions }) => existing.get(name) === partitions)) return; // works on a full disk
    await this.#open.writer.write((transaction) => transaction.createTopics(topics));
  }

  async topics(): Promise<TopicSpec[]> {
    return this.#open.storage.topics();
  }

  async append(records: readonly LogRecord[]): Promise<Position[]> {
    const prepared = records.map(prepare);
    return this.#open.writer.write((transaction) => transaction.append(prepared), totalBytes(prepared));
  }

  async read(from: Position, limit: number): Promise<StoredRecord[]> {
    return Array.from(this.#open.storage.read(from, limit, MAX_READ_BYTES), ({ record }) => record);
  }

  async lookUp(end: Position, header: IndexedHeader, value: string, limit: number): Promise<number[]> {
    return this.#open.storage.lookUp(end, header, value, limit);
  }

  async endOffsets(topics: readonly string[]): Promise<Position[]> {
    const { storage } = this.#open;
    const ends = storage.allEndOffsets(topics);
    return topics.flatMap((topic) => positions(topic, ends.get(topic)!));
  }

  async committed(group: string, topics: readonly string[]): Promise<Position[]> {
    const { storage } = this.#open;
    return topics.flatMap((topic) => positions(topic, storage.committed(group, topic)));
  }

  /** The groups with committed offsets, and the topics of these. */
  async groups(): Promise<Map<string, string[]>> {
    return this.#open.storage.groups();
  }

  async consumer(group: string, topics: readonly string[], shard: Shard = SINGLE_SHARD): Promise<Consumer> {
    const { writer } = this.#open;
    const committed = () => this.committed(group, [...new Set(topics)]);
    await committed(); // LOG_TOPIC_UNKNOWN before the lease: no other consumer is fenced
    const lease = await writer.write((transaction) => transaction.lease(group, shard.index));
    const from = partitionsOfShard(shard, await committed());
    return this.#opened((onClose) => new EmbeddedConsumer(lease, from, this.#parts, onClose));
  }

  /** One process consumes all partitions. */
  async *assignments(
    _group: string,
    _topics: readonly string[],
    _maxShards: number,
    signal: AbortSignal,
  ): AsyncIterable<readonly Shard[]> {
    yield [SINGLE_SHARD];
    await untilAborted(signal);
  }

  follow(from: readonly Position[]): Follower {
    const { storage, notifier } = this.#open;
    for (const { topic, partition } of from) storage.topic(topic, partition);
    return this.#opened((onClose) => new EmbeddedFollower(storage, notifier, from, onClose));
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
    await this.#parts.writer.idle();
    await this.#reference.release();
  }

  get #open(): LogParts {
    if (this.#closed) throw new Error(`the event log in ${this.#reference.environment.path} is closed`);
    return this.#parts;
  }
}

const positions = (topic: string, offsets: readonly number[]): Position[] =>
  offsets.map((offset, partition) => ({ topic, partition, offset }));
