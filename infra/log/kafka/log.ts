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
import { Appender } from './appender.ts';
import { type Client, createClient } from './client.ts';
import { Connection } from './connection.ts';
import { KafkaConsumer } from './consumer.ts';
import { Fetching } from './fetching.ts';
import { KafkaFollower } from './follower.ts';
import { withMembers } from './groups.ts';
import { Member } from './member.ts';
import { Membership } from './membership.ts';
import { Offsets } from './offsets.ts';
import type { KafkaOptions } from './options.ts';
import { Reading } from './reading.ts';
import { Topics } from './topics.ts';

/**
 * Connects to an event log on Kafka (4.0 or later). LOG_UNAVAILABLE when no broker answers, CONFIG_INVALID when the
 * brokers refuse the credentials or the certificates do not fit.
 */
export async function openKafkaLog(options: KafkaOptions): Promise<KafkaLog> {
  options.signal?.throwIfAborted();
  const log = new KafkaLog(options);
  try {
    if (options.atOnce) await log.reach();
    await log.topics();
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** The event log on Kafka: topics are topics, keys are keys, groups are groups. */
export class KafkaLog implements EventLog {
  readonly #client: Client;
  readonly #namespace: string;
  readonly #fetching: Fetching;
  readonly #reading: Reading;
  readonly #offsets: Offsets;
  readonly #topics: Topics;
  readonly #appender: Appender;
  /** by group, those in which this process divides the work with others */
  readonly #memberships = new Map<string, Membership>();
  readonly #followers = new Set<Follower>();
  readonly #releasing = new Set<Promise<void>>();
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.#cut();
  #closed: Promise<void> | undefined;

  constructor(options: KafkaOptions) {
    this.#client = createClient(options);
    this.#namespace = options.namespace ?? TOPIC_PREFIX;
    this.#fetching = new Fetching(this.#client);
    const { connection } = this.#fetching;
    this.#reading = new Reading(this.#client, this.#fetching);
    this.#offsets = new Offsets(this.#client, this.#fetching);
    this.#topics = new Topics(this.#client, connection, options.replicas);
    this.#appender = new Appender(this.#client, this.#topics, this.#namespace);
    this.#signal = options.signal;
    this.#signal?.addEventListener('abort', this.#onAbort);
  }

  /** LOG_UNAVAILABLE when no broker answers now. */
  async reach(): Promise<void> {
    await this.#fetching.connection.once(async () => {});
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
    return this.#reading.read(from, partitions, limit);
  }

  async endOffsets(topics: readonly string[]): Promise<Position[]> {
    this.#assertOpen();
    return this.#offsets.endOffsets(await this.#partitionsOf(topics));
  }

  async committed(group: string, topics: readonly string[]): Promise<Position[]> {
    this.#assertOpen();
    return this.#offsets.committed(this.#group(group), await this.#partitionsOf(topics));
  }

  /** Those of the groups that have members at work now. */
  async atWork(names: readonly string[]): Promise<string[]> {
    this.#assertOpen();
    const groups = new Map(names.map((name) => [this.#group(name), name]));
    return (await withMembers(this.#client, [...groups.keys()])).map((group) => groups.get(group)!);
  }

  async consumer(name: string, topics: readonly string[], shard: Shard = SINGLE_SHARD): Promise<Consumer> {
    this.#assertOpen();
    const group = this.#group(name);
    await this.#memberships.get(group)?.assertMember();
    const partitions = partitionsOfShard(shard, await this.#partitionsOf([...new Set(topics)]));
    const member = await Member.join({
      client: this.#client,
      topics: this.#topics,
      group,
      transactionalId: `${group}-${shard.index}`,
      onCommit: (next) => this.#offsets.note(group, next),
    });
    try {
      const from = await this.#offsets.committed(group, partitions);
      const open = await this.#offsets.undecided(await this.#ownPartitions());
      if (open.length > 0 && from.length > 0) await member.endForgotten(open, from[0]!);
      return this.#opened((onClose) => new KafkaConsumer(member, from, new Fetching(this.#client), onClose));
    } catch (error) {
      await member.close().catch(() => {});
      throw error;
    }
  }

  async *assignments(
    name: string,
    topics: readonly string[],
    most: number,
    signal: AbortSignal,
  ): AsyncIterable<readonly Shard[]> {
    this.#assertOpen();
    const partitions = await this.#partitionsOf([...new Set(topics)]);
    const connection = new Connection(this.#client, 'committed');
    const [group, of] = [this.#group(name), Math.min(most, shardLimit(partitions))];
    const membership = new Membership({ connection, group, partitions, shards: of });
    this.#memberships.set(group, membership);
    const leave = () => membership.leave();
    signal.addEventListener('abort', leave);
    try {
      if (signal.aborted) return;
      for (let dealt = await membership.change(); dealt; dealt = await membership.change()) {
        yield [...dealt].map((index) => ({ index, of }));
        membership.settle(dealt);
      }
    } finally {
      signal.removeEventListener('abort', leave);
      this.#memberships.delete(group);
      await membership.leave();
    }
  }

  follow(from: readonly Position[]): Follower {
    this.#assertOpen();
    return this.#opened((onClose) => new KafkaFollower(from, new Fetching(this.#client), onClose));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** A group as the cluster knows it, which others may use too. */
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

  /** Nothing is waited for any more, and nothing tried again. */
  #cut(): void {
    this.#client.cut();
    void Promise.allSettled([this.#offsets.close(), this.#fetching.close()]);
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#followers].map((follower) => follower.close()));
    await Promise.all(this.#releasing);
    await this.#appender.close();
    await this.#offsets.close();
    await this.#fetching.close();
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  /** The partitions that services may write to: none of what others keep in the cluster. */
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
