import type { Config } from '../../infra/config/schema.ts';
import type { KafkaLog } from '../../infra/log/kafka/log.ts';
import type { ConfluentRegistry } from '../../infra/registry/confluent.ts';
import { type Codec, createCodec } from '../../kernel/codec.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { assertTopics, openKafka, openRegistry } from '../adapters/log.ts';

/** The cluster that a log is moved to. */
export interface TargetCluster extends AsyncDisposable {
  log: KafkaLog;
  codec: Codec;
  /** only looks */
  registry: ConfluentRegistry;
}

/**
 * Opens the Kafka cluster and the registry that the configuration names, and checks that they are ready for the topics
 * given: CONFIG_INVALID when none is named, LOG_TOPIC_UNKNOWN and SCHEMA_UNKNOWN saying how they are made so.
 */
export async function openTarget(config: Config, topics: readonly string[]): Promise<TargetCluster> {
  const log = await openKafka(config);
  try {
    const known = await log.topics();
    assertTopics(known, config);
    const names = new Set(known.map(({ name }) => name));
    const missing = topics.find((topic) => !names.has(topic));
    if (missing !== undefined) {
      throw new EpochlogError(
        'LOG_TOPIC_UNKNOWN',
        `no topic '${missing}' in Kafka at ${config.log}, and no stream under schemas/ is called so any more: ` +
          'create it with the tools of Kafka, with unlimited retention, and its records are moved too',
      );
    }
    await log.ensureTopics(known.filter(({ name }) => topics.includes(name))); // that they keep their records
    const registry = await openRegistry(config, { register: false });
    const codec = await createCodec(registry, loadSchemas());
    return { log, codec, registry, [Symbol.asyncDispose]: () => log.close() };
  } catch (error) {
    await log.close();
    throw error;
  }
}
