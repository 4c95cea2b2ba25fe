import type { Config } from '../../infra/config/schema.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { TargetCluster } from '../../operations/migrate/migrate.ts';
import type { SourceHome } from '../../operations/migrate/source.ts';
import { openCodec } from '../../schemas/codec.ts';
import { openArtifacts } from '../adapters/artifacts.ts';
import { assertTopics, openKafka, openRegistry } from '../adapters/log.ts';

/**
 * Opens the configured Kafka cluster and registry, and checks that they are ready for the topics of the home.
 * CONFIG_INVALID when none is configured; LOG_TOPIC_UNKNOWN and SCHEMA_UNKNOWN say what to run first.
 */
export async function openTarget(
  config: Config,
  { paths, source: { topics } }: SourceHome,
): Promise<TargetCluster & AsyncDisposable> {
  const log = await openKafka(config);
  try {
    const known = await log.topics();
    assertTopics(known, config);
    const names = new Set(known.map(({ name }) => name));
    const missing = topics.find((topic) => !names.has(topic));
    if (missing !== undefined) {
      throw new EpochlogError(
        'LOG_TOPIC_UNKNOWN',
        `no topic '${missing}' in Kafka at ${config.log}, and no stream under schemas/ has that name any more: ` +
          'create it with the tools of Kafka, with unlimited retention, and its records are copied too',
      );
    }
    await log.ensureTopics(known.filter(({ name }) => topics.includes(name))); // checks their retention
    const registry = await openRegistry(config, { register: false });
    const codec = await openCodec(registry);
    return {
      log,
      codec,
      registry,
      openRegistry: () => openRegistry(config, { register: true }),
      ...(config.artifacts && { openBucket: () => openArtifacts(config, paths.artifacts) }),
      [Symbol.asyncDispose]: () => log.close(),
    };
  } catch (error) {
    await log.close();
    throw error;
  }
}
