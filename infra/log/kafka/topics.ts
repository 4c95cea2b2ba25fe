import kafkajs, { type Admin, type BrokerMetadata } from 'kafkajs';
import { EpochlogError } from '../../../kernel/errors.ts';
import type { TopicSpec } from '../../../kernel/ports/log.ts';
import { assertFits } from '../topic.ts';
import type { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { translated } from './failure.ts';

const MOST_COPIES = 3;
/** a batch that holds one append of many records, or a large record */
export const MAX_BATCH_BYTES = 8 << 20;

/** Nothing is ever deleted; the time of a record is that at which the log took it. */
const PROMISED: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'message.timestamp.type': 'LogAppendTime',
};

/** The topics of the cluster and their partitions, whose number never changes. */
export class Topics {
  readonly #client: Client;
  readonly #connection: Connection;
  readonly #replicas: number | undefined;
  readonly #partitions = new Map<string, number>();

  constructor(client: Client, connection: Connection, replicas: number | undefined) {
    this.#client = client;
    this.#connection = connection;
    this.#replicas = replicas;
  }

  /** All topics but Kafka's own. */
  async list(): Promise<TopicSpec[]> {
    await this.#look();
    return [...this.#partitions].map(([name, partitions]) => ({ name, partitions }));
  }

  /**
   * Creates the topics that are missing. CONFIG_INVALID when one cannot be, has another partition count, or would delete
   * records.
   */
  async ensure(specs: readonly TopicSpec[]): Promise<void> {
    const partitionsOf = (topic: string) => this.#partitions.get(topic);
    for (const spec of specs) assertFits(spec, partitionsOf);
    const brokers = await this.#look();
    for (const spec of specs) assertFits(spec, partitionsOf);
    const missing = new Map(
      specs.filter(({ name }) => !this.#partitions.has(name)).map((spec) => [spec.name, spec]),
    );
    await this.#assertPromises(specs.filter(({ name }) => !missing.has(name)).map(({ name }) => name));
    if (missing.size === 0) return;
    await this.#create([...missing.values()], this.#replicas ?? Math.min(MOST_COPIES, brokers));
    await this.#connection.run(async () => {
      await this.#look();
      for (const spec of missing.values()) this.#assertThere(spec);
    });
  }

  /** LOG_UNAVAILABLE while a topic that was asked for is not there yet: brokers hear of it one after the other. */
  #assertThere(spec: TopicSpec): void {
    assertFits(spec, (topic) => this.#partitions.get(topic)); // another process may have been quicker
    if (this.#partitions.has(spec.name)) return;
    throw new EpochlogError(
      'LOG_UNAVAILABLE',
      `Kafka at ${this.#client.address} has not created topic '${spec.name}' yet: try again`,
    );
  }

  /** How many partitions a topic has; LOG_TOPIC_UNKNOWN when there is none. */
  async partitionsOf(topic: string): Promise<number> {
    if (!this.#partitions.has(topic)) await this.#look();
    const partitions = this.#partitions.get(topic);
    if (partitions !== undefined) return partitions;
    throw new EpochlogError(
      'LOG_TOPIC_UNKNOWN',
      `no topic '${topic}' in Kafka at ${this.#client.address}: create it with \`epochlog topics apply\``,
    );
  }

  /** Asks for all topics, and returns how many brokers there are. */
  async #look(): Promise<number> {
    const { brokers, topicMetadata } = await this.#connection.run(async (cluster) => {
      const metadata: BrokerMetadata | null = await cluster.metadata();
      if (metadata) return metadata;
      throw new kafkajs.KafkaJSConnectionError('no broker answers'); // which kafkajs keeps to itself
    });
    for (const { topic, partitionMetadata } of topicMetadata) {
      if (!topic.startsWith('__')) this.#partitions.set(topic, partitionMetadata.length);
    }
    return brokers.length;
  }

  /** CONFIG_INVALID for a topic of other hands that does not keep what a log promises. */
  async #assertPromises(topics: readonly string[]): Promise<void> {
    if (topics.length === 0) return;
    const configNames = Object.keys(PROMISED);
    const { resources } = await this.#administer((admin) =>
      admin.describeConfigs({
        resources: topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames })),
        includeSynonyms: false,
      }),
    );
    for (const { resourceName, configEntries } of resources) {
      const wrong = configEntries.filter(
        ({ configName, configValue }) => PROMISED[configName] !== configValue,
      );
      if (wrong.length === 0) continue;
      const [is, wanted] = [
        wrong.map(({ configName, configValue }) => `${configName}=${configValue}`),
        wrong.map(({ configName }) => `${configName}=${PROMISED[configName]}`),
      ].map((settings) => settings.join(', '));
      throw new EpochlogError(
        'CONFIG_INVALID',
        `topic '${resourceName}' in Kafka at ${this.#client.address} has ${is}, with which events would be lost or ` +
          `misdated: set ${wanted}`,
      );
    }
  }

  async #create(specs: readonly TopicSpec[], copies: number): Promise<void> {
    const configEntries = Object.entries({
      ...PROMISED,
      'max.message.bytes': String(MAX_BATCH_BYTES + (1 << 20)),
      'min.insync.replicas': String(Math.max(1, copies - 1)), // one of them may be away
    }).map(([name, value]) => ({ name, value }));
    await this.#administer((admin) =>
      admin.createTopics({
        waitForLeaders: false, // kafkajs fails when the broker that it asks has not heard of the topic yet
        topics: specs.map(({ name, partitions }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor: copies,
          configEntries,
        })),
      }),
    );
  }

  async #administer<T>(step: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.#client.kafka.admin();
    try {
      await admin.connect();
      return await step(admin);
    } catch (error) {
      throw translated(error, this.#client.address);
    } finally {
      await admin.disconnect();
    }
  }
}
