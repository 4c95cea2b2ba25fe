import type {
  Consumer,
  EventLog,
  LogRecord,
  Position,
  StoredRecord,
  TopicSpec,
} from '../../../kernel/ports/log.ts';
import { assertName } from '../topic.ts';
import { Appender } from './appender.ts';
import { type Client, createClient } from './client.ts';
import { KafkaConsumer } from './consumer.ts';
import { Fetching } from './fetching.ts';
import { Member } from './member.ts';
import { Offsets } from './offsets.ts';
import type { KafkaOptions } from './options.ts';
import { Reading } from './reading.ts';
import { Topics } from './topics.ts';

const DEFAULT_NAMESPACE = 'epochlog.';

/**
 * Connects to an event log on Kafka (4.0 or later). LOG_UNAVAILABLE when no broker answers, CONFIG_INVALID when the
 * brokers refuse the credentials or the certificates do not fit.
 */
export async function openKafkaLog(options: KafkaOptions): Promise<KafkaLog> {
  const log = new KafkaLog(options);
  try {
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
  readonly #consumers = new Set<Consumer>();
  readonly #releasing = new Set<Promise<void>>();
  #closed: Promise<void> | undefined;

  constructor(options: KafkaOptions) {
    this.#client = createClient(options);
    this.#namespace = options.namespace ?? DEFAULT_NAMESPACE;
    this.#fetching = new Fetching(this.#client);
    const { connection } = this.#fetching;
    this.#reading = new Reading(this.#client, this.#fetching);
    this.#offsets = new Offsets(this.#client, connection);
    this.#topics = new Topics(this.#client, connection, options.replicas);
    this.#appender = new Appender(this.#client, this.#topics, this.#namespace);
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

  async ends(topics: readonly string[]): Promise<Position[]> {
    this.#assertOpen();
    return this.#offsets.ends(await this.#partitionsOf(topics));
  }

  async committed(group: string, topics: readonly string[]): Promise<Position[]> {
    this.#assertOpen();
    return this.#offsets.committed(group, await this.#partitionsOf(topics));
  }

  async consumer(group: string, topics: readonly string[]): Promise<Consumer> {
    this.#assertOpen();
    assertName('group', group);
    const partitions = await this.#partitionsOf(topics);
    const transactionalId = `${this.#namespace}${group}`;
    const member = await Member.join({ client: this.#client, topics: this.#topics, group, transactionalId });
    const start = await this.#offsets.committed(group, partitions);
    const parts = { member, offsets: this.#offsets, fetching: new Fetching(this.#client) };
    const consumer = new KafkaConsumer(group, start, parts, (released) => {
      this.#consumers.delete(consumer);
      this.#releasing.add(released);
      released.finally(() => this.#releasing.delete(released));
    });
    this.#consumers.add(consumer);
    return consumer;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    await Promise.all(this.#releasing);
    await this.#appender.close();
    await this.#offsets.close();
    await this.#fetching.close();
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
