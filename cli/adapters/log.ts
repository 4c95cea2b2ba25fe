import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Config } from '../../infra/config/schema.ts';
import type { KafkaLog } from '../../infra/log/kafka/log.ts';
import type { ConfluentRegistry } from '../../infra/registry/confluent.ts';
import type { ConfluentOptions } from '../../infra/registry/options.ts';
import { EpochlogError, messageOf } from '../../kernel/errors.ts';
import type { EventLog, TopicSpec } from '../../kernel/ports/log.ts';
import type { SchemaRegistry } from '../../kernel/ports/registry.ts';
import { deadLetterTopicOf, topicOf } from '../../kernel/topics.ts';
import { ALL_STREAMS, type StreamName } from '../../schemas/catalogue.ts';
import { STREAMS } from '../../schemas/events.generated.ts';

/** One process needs no more; a single partition keeps the order of the topic. */
const EMBEDDED_PARTITIONS = 1;

/** The topics of a log: one for each stream, and its dead-letter topic. */
export const topicSpecs = (partitionsOf: (stream: StreamName) => number): TopicSpec[] =>
  ALL_STREAMS.flatMap((stream) => {
    const [name, partitions] = [topicOf(stream), partitionsOf(stream)];
    return [
      { name, partitions },
      { name: deadLetterTopicOf(name), partitions },
    ];
  });

/** A log, and its schema registry. */
export interface LogAndRegistry {
  log: EventLog;
  registry: SchemaRegistry;
}

/** How to connect to servers. */
export interface ConnectOptions {
  /** aborts connections and requests */
  signal?: AbortSignal;
  /** whether opening fails at the first unreachable server, because the caller retries */
  failFast?: boolean;
}

/**
 * Opens the configured Kafka cluster, or the embedded log in a folder, which is created if missing. LOG_TOPIC_UNKNOWN
 * when Kafka lacks a topic.
 */
export async function openLog(
  config: Config,
  folder: string,
  connect: ConnectOptions = {},
): Promise<LogAndRegistry> {
  if (config.log) return openCluster(config, connect);
  const { openEmbeddedLog } = await import('../../infra/log/embedded/log.ts');
  const log = await openEmbeddedLog({ path: folder });
  await log.ensureTopics(topicSpecs(() => EMBEDDED_PARTITIONS));
  return { log, registry: log.registry };
}

async function openCluster(config: Config, connect: ConnectOptions): Promise<LogAndRegistry> {
  const log = await openKafka(config, connect);
  try {
    assertTopics(await log.topics(), config);
    return { log, registry: await openRegistry(config, { register: false, signal: connect.signal }) };
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** LOG_TOPIC_UNKNOWN for a missing topic, CONFIG_INVALID for one with another number of partitions. */
export function assertTopics(
  topics: readonly TopicSpec[],
  { log: brokers, kafkaSasl, kafkaCert }: Config,
): void {
  const orSee = kafkaSasl || kafkaCert ? ', or let this user see them' : '';
  const known = new Map(topics.map(({ name, partitions }) => [name, partitions]));
  for (const { name, partitions } of topicSpecs((stream) => STREAMS[stream].partitions)) {
    const found = known.get(name);
    if (found === undefined) {
      throw new EpochlogError(
        'LOG_TOPIC_UNKNOWN',
        `no topic '${name}' in Kafka at ${brokers}: create the topics with \`epochlog topics apply\`${orSee}`,
      );
    }
    if (found !== partitions) {
      throw new EpochlogError(
        'CONFIG_INVALID',
        `topic '${name}' in Kafka at ${brokers} has ${found} partitions, not ${partitions}: the events of an aggregate ` +
          'would lose their order; copy its records to a topic that has as many, under that name',
      );
    }
  }
}

/** Connects to the configured Kafka cluster; CONFIG_INVALID when none is configured. */
export async function openKafka(config: Config, connect: ConnectOptions = {}): Promise<KafkaLog> {
  if (!config.log) {
    throw new EpochlogError(
      'CONFIG_INVALID',
      'no Kafka cluster is named: set EPOCHLOG_LOG to kafka://host:port',
    );
  }
  const { openKafkaLog } = await import('../../infra/log/kafka/log.ts');
  const { kafkaSasl: mechanism, kafkaUser: username = '', kafkaPassword: password = '' } = config;
  return openKafkaLog({
    brokers: config.log,
    ...connect,
    ...(mechanism && { sasl: { mechanism, username, password } }),
    ...(config.kafkaTls && { tls: tlsOf(config) }),
    ...(config.kafkaReplicas !== undefined && { replicas: config.kafkaReplicas }),
  });
}

/** Reads the configured certificate files. CONFIG_INVALID names the variable of an invalid one. */
function tlsOf({ kafkaCa, kafkaCert, kafkaKey }: Config) {
  const options = {
    ...(kafkaCa && { ca: pemOf('EPOCHLOG_KAFKA_CA', kafkaCa, (pem) => new X509Certificate(pem)) }),
    ...(kafkaCert && { cert: pemOf('EPOCHLOG_KAFKA_CERT', kafkaCert, (pem) => new X509Certificate(pem)) }),
    ...(kafkaKey && { key: pemOf('EPOCHLOG_KAFKA_KEY', kafkaKey, createPrivateKey) }),
  };
  try {
    createSecureContext(options);
    return options;
  } catch (cause) {
    const message = `EPOCHLOG_KAFKA_KEY is not the key of EPOCHLOG_KAFKA_CERT: ${messageOf(cause)}`;
    throw new EpochlogError('CONFIG_INVALID', message, { cause });
  }
}

/** The content of a PEM file, parsed as a check: Node ignores an invalid certificate authority. */
function pemOf(variable: string, path: string, parse: (pem: string) => unknown): string {
  try {
    const pem = readFileSync(path, 'utf8');
    parse(pem);
    return pem;
  } catch (cause) {
    const message = `${variable} must name a file in PEM, and ${path} is none: ${messageOf(cause)}`;
    throw new EpochlogError('CONFIG_INVALID', message, { cause });
  }
}

/** The configured schema registry; CONFIG_INVALID when none is configured. */
export async function openRegistry(
  { registry: url, registryUser, registryPassword = '' }: Config,
  options: Pick<ConfluentOptions, 'register' | 'signal'>,
): Promise<ConfluentRegistry> {
  if (!url) {
    throw new EpochlogError(
      'CONFIG_INVALID',
      'no schema registry is named: set EPOCHLOG_REGISTRY to its base URL',
    );
  }
  const { ConfluentRegistry } = await import('../../infra/registry/confluent.ts');
  const auth = registryUser ? { auth: { username: registryUser, password: registryPassword } } : {};
  return new ConfluentRegistry({ url, ...options, ...auth });
}
