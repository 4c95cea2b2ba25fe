import kafkajs, { type Admin, type BrokerMetadata } from 'kafkajs';
import { EpochlogError } from '../../../kernel/errors.ts';
import type { TopicSpec } from '../../../kernel/ports/log.ts';
import { assertValidTopic } from '../topic.ts';
import type { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { translated } from './failure.ts';

const MAX_REPLICAS = 3;
/** of one append of many records, or a large record */
export const MAX_BATCH_BYTES = 8 << 20;

/** No record is ever deleted; its time is the time of appending. */
const REQUIRED_CONFIG: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'message.timestamp.type': 'LogAppendTime',
};

/** The topics of the cluster. Their partition counts never change. */
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

  /** All topics but the internal ones. */
  async list(): Promise<TopicSpec[]> {
    await this.#refresh();
    return [...this.#partitions].map(([name, partitions]) => ({ name, partitions }));
  }

  /**
   * Creates the topics that are missing. CONFIG_INVALID when one is invalid, has another partition count, or a retention
   * that deletes records.
   */
  async ensure(specs: readonly TopicSpec[]): Promise<void> {
    const partitionsOf = (topic: string) => this.#partitions.get(topic);
    for (const spec of specs) assertValidTopic(spec, partitionsOf);
    const brokers = await this.#refresh();
    for (const spec of specs) assertValidTopic(spec, partitionsOf);
    const missing = new Map(
      specs.filter(({ name }) => !this.#partitions.has(name)).map((spec) => [spec.name, spec]),
    );
    await this.#assertConfig(specs.filter(({ name }) => !missing.has(name)).map(({ name }) => name));
    if (missing.size === 0) return;
    await this.#create([...missing.values()], this.#replicas ?? Math.min(MAX_REPLICAS, brokers));
    await this.#connection.run(async () => {
      await this.#refresh();
      for (const spec of missing.values()) this.#assertCreated(spec);
    });
  }

  /** LOG_UNAVAILABLE while a created topic is not in the metadata yet: brokers learn of it one after the other. */
  #assertCreated(spec: TopicSpec): void {
    assertValidTopic(spec, (topic) => this.#partitions.get(topic)); // another process may have created it
    if (this.#partitions.has(spec.name)) return;
    throw new EpochlogError(
      'LOG_UNAVAILABLE',
      `Kafka at ${this.#client.address} has not created topic '${spec.name}' yet: try again`,
    );
  }

  /** The partition count of a topic; LOG_TOPIC_UNKNOWN when there is none. */
  async partitionsOf(topic: string): Promise<number> {
    if (!this.#partitions.has(topic)) await this.#refresh();
    const partitions = this.#partitions.get(topic);
    if (partitions !== undefined) return partitions;
    throw new EpochlogError(
      'LOG_TOPIC_UNKNOWN',
      `no topic '${topic}' in Kafka at ${this.#client.address}: create it with \`epochlog topics apply\``,
    );
  }

  /** Loads the metadata of all topics; returns the number of brokers. */
  async #refresh(): Promise<number> {
    const { brokers, topicMetadata } = await this.#connection.run(async (cluster) => {
      const metadata: BrokerMetadata | null = await cluster.metadata();
      if (metadata) return metadata;
      throw new kafkajs.KafkaJSConnectionError('no broker answers'); // kafkajs swallows this error
    });
    for (const { topic, partitionMetadata } of topicMetadata) {
      if (!topic.startsWith('__')) this.#partitions.set(topic, partitionMetadata.length);
    }
    return brokers.length;
  }

  /** CONFIG_INVALID for an existing topic whose configuration loses or misdates records. */
  async #assertConfig(topics: readonly string[]): Promise<void> {
    if (topics.length === 0) return;
    const configNames = Object.keys(REQUIRED_CONFIG);
    const { resources } = await this.#administer((admin) =>
      admin.describeConfigs({
        resources: topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames })),
        includeSynonyms: false,
      }),
    );
    for (const { resourceName, configEntries } of resources) {
      const wrong = configEntries.filter(
        ({ configName, configValue }) => REQUIRED_CONFIG[configName] !== configValue,
      );
      if (wrong.length === 0) continue;
      const [actual, required] = [
        wrong.map(({ configName, configValue }) => `${configName}=${configValue}`),
        wrong.map(({ configName }) => `${configName}=${REQUIRED_CONFIG[configName]}`),
      ].map((settings) => settings.join(', '));
      throw new EpochlogError(
        'CONFIG_INVALID',
        `topic '${resourceName}' in Kafka at ${this.#client.address} has ${actual}, which loses or misdates events: ` +
          `set ${required}`,
      );
    }
  }

  async #create(specs: readonly TopicSpec[], replicas: number): Promise<void> {
    const configEntries = Object.entries({
      ...REQUIRED_CONFIG,
      'max.message.bytes': String(MAX_BATCH_BYTES + (1 << 20)),
      'min.insync.replicas': String(Math.max(1, replicas - 1)), // one replica may be unreachable
    }).map(([name, value]) => ({ name, value }));
    await this.#administer((admin) =>
      admin.createTopics({
        waitForLeaders: false, // kafkajs fails when the broker does not know the topic yet
        topics: specs.map(({ name, partitions }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor: replicas,
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
