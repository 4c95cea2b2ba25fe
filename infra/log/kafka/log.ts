import { partitionsOfShard, shardLimit } from '../../../kernel/partitions.ts';
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
import { TOPIC_PREFIX } from '../../../kernel/topics.ts';
import { assertName } from '../topic.ts';
import { activeGroups } from './active-groups.ts';
import { Appender } from './appender.ts';
import { type Client, createClient } from './client.ts';
import { Connection } from './connection.ts';
import { KafkaConsumer } from './consumer.ts';
import { Fetcher } from './fetcher.ts';
import { KafkaFollower } from './follower.ts';
import { GroupMember } from './group-member.ts';
import { Offsets } from './offsets.ts';
import type { KafkaOptions } from './options.ts';
import { Reader } from './reader.ts';
import { ShardProducer } from './shard-producer.ts';
import { Topics } from './topics.ts';

/**
 * Connects to an event log on Kafka (4.0 or later). LOG_UNAVAILABLE when no broker answers, CONFIG_INVALID when the
 * brokers refuse the credentials or a certificate is invalid.
 */
export async function openKafkaLog(options: KafkaOptions): Promise<KafkaLog> {
  options.signal?.throwIfAborted();
  const log = new KafkaLog(options);
  try {
    if (options.failFast) await log.reach();
    await log.topics();
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** The event log on Kafka: topics, partitions, keys and consumer groups are Kafka's own. */
export class KafkaLog implements EventLog {
  readonly #client: Client;
  readonly #namespace: string;
  readonly #fetcher: Fetcher;
  readonly #reader: Reader;
  readonly #offsets: Offsets;
  readonly #topics: Topics;
  readonly #appender: Appender;
  /** this process's member of each group whose shards it asks for */
  readonly #members = new Map<string, GroupMember>();
  readonly #followers = new Set<Follower>();
  readonly #releasing = new Set<Promise<void>>();
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.#destroy();
  #closed: Promise<void> | undefined;

  constructor(options: KafkaOptions) {
    this.#client = createClient(options);
    this.#namespace = options.namespace ?? TOPIC_PREFIX;
    this.#fetcher = new Fetcher(this.#client);
    const { connection } = this.#fetcher;
    this.#reader = new Reader(this.#client, this.#fetcher);
    this.#offsets = new Offsets(this.#client, this.#fetcher);
    this.#topics = new Topics(this.#client, connection, options.replicas);
    this.#appender = new Appender(this.#client, connection, this.#topics, this.#offsets, this.#namespace);
    this.#signal = options.signal;
    this.#signal?.addEventListener('abort', this.#onAbort);
  }

  /** LOG_UNAVAILABLE when no broker answers now. */
  async reach(): Promise<void> {
    await this.#fetcher.connection.once(async () => {});
  }

  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#assertOpen();
    await this.#topics.ensure(topics);
  }

  async topics(): Promise<TopicSpec[]> {
    this.#assertOpen();
    return this.#topics.list();
  }

  async append(records: readonly LogRecord[]): Promise<Position[]> {
    this.#assertOpen();
    return this.#appender.append(records);
  }

  async read(from: Position, limit: number): Promise<StoredRecord[]> {
    this.#assertOpen();
    const partitions = await this.#topics.partitionsOf(from.topic);
    return this.#reader.read(from, partitions, limit);
  }

  async endOffsets(topics: readonly string[], signal?: AbortSignal): Promise<Position[]> {
    this.#assertOpen();
    return this.#offsets.endOffsets(await this.#partitionsOf(topics), signal);
  }

  async committed(group: string, topics: readonly string[]): Promise<Position[]> {
    this.#assertOpen();
    return this.#offsets.committed(this.#group(group), await this.#partitionsOf(topics));
  }

  /** Those of the groups that have members now. */
  async activeGroups(names: readonly string[]): Promise<string[]> {
    this.#assertOpen();
    const groups = new Map(names.map((name) => [this.#group(name), name]));
    return (await activeGroups(this.#client, [...groups.keys()])).map((group) => groups.get(group)!);
  }

  async consumer(name: string, topics: readonly string[], shard: Shard = SINGLE_SHARD): Promise<Consumer> {
    this.#assertOpen();
    const group = this.#group(name);
    await this.#members.get(group)?.assertMember();
    const partitions = partitionsOfShard(shard, await this.#partitionsOf([...new Set(topics)]));
    const producer = await ShardProducer.open({
      client: this.#client,
      connection: this.#fetcher.connection,
      topics: this.#topics,
      offsets: this.#offsets,
      group,
      transactionalId: `${group}-${shard.index}`,
      partitions: await this.#ownPartitions(),
    });
    try {
      const from = await this.#offsets.committed(group, partitions);
      return this.#opened((onClose) => new KafkaConsumer(producer, from, new Fetcher(this.#client), onClose));
    } catch (error) {
      await producer.close().catch(() => {});
      throw error;
    }
  }

  async *assignments(
    name: string,
    topics: readonly string[],
    maxShards: number,
    signal: AbortSignal,
  ): AsyncIterable<readonly Shard[]> {
    this.#assertOpen();
    const partitions = await this.#partitionsOf([...new Set(topics)]);
    const connection = new Connection(this.#client, 'committed');
    const [group, of] = [this.#group(name), Math.min(maxShards, shardLimit(partitions))];
    const member = new GroupMember({ connection, group, partitions, shards: of });
    this.#members.set(group, member);
    const leave = () => member.leave();
    signal.addEventListener('abort', leave);
    try {
      if (signal.aborted) return;
      for (let shards = await member.nextAssignment(); shards; shards = await member.nextAssignment()) {
        yield [...shards].map((index) => ({ index, of }));
        member.revokeAllBut(shards);
      }
    } finally {
      signal.removeEventListener('abort', leave);
      this.#members.delete(group);
      await member.leave();
    }
  }

  follow(from: readonly Position[]): Follower {
    this.#assertOpen();
    return this.#opened((onClose) => new KafkaFollower(from, new Fetcher(this.#client), onClose));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** The group id in Kafka. */
  #group(name: string): string {
    assertName('group', name);
    return `${this.#namespace}${name}`;
  }

  #opened<F extends Follower>(open: (onClose: (released: Promise<void>) => void) => F): F {
    const follower = open((released) => {
      this.#followers.delete(follower);
      this.#releasing.add(released);
      released.finally(() => this.#releasing.delete(released));
    });
    this.#followers.add(follower);
    return follower;
  }

  /** Requests fail at once, and are not retried. */
  #destroy(): void {
    this.#client.destroy();
    void Promise.allSettled([this.#offsets.close(), this.#fetcher.close()]);
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#followers].map((follower) => follower.close()));
    await Promise.all(this.#releasing);
    await this.#appender.close();
    await this.#offsets.close();
    await this.#fetcher.close();
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  /** The partitions of the topics with this log's prefix. */
  async #ownPartitions(): Promise<Omit<Position, 'offset'>[]> {
    const topics = (await this.#topics.list()).map(({ name }) => name);
    return this.#partitionsOf(topics.filter((name) => name.startsWith(this.#namespace)));
  }

  async #partitionsOf(topics: readonly string[]): Promise<Omit<Position, 'offset'>[]> {
    const counts = await Promise.all(topics.map((topic) => this.#topics.partitionsOf(topic)));
    return topics.flatMap((topic, i) =>
      Array.from({ length: counts[i]! }, (_, partition) => ({ topic, partition })),
    );
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error(`the event log on Kafka at ${this.#client.address} is closed`);
  }
}
