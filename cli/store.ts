import type { Config } from '../infra/config/schema.ts';
import { type HomePaths, openExistingHome, openHome, pathsOf } from '../infra/home.ts';
import { SYSTEM_CLOCK } from '../kernel/clock.ts';
import { createDeadLetters } from '../kernel/dead-letters/dead-letters.ts';
import { createPublisher, type Instrumentation } from '../kernel/publisher.ts';
import { createReader } from '../kernel/reader.ts';
import type { Store } from '../operations/session.ts';
import { openCodec } from '../schemas/codec.ts';
import { openArtifacts } from './adapters/artifacts.ts';
import { type ConnectOptions, openLog } from './adapters/log.ts';

/**
 * Opens the configured log and artifacts. `source` is the `ce_source` of appended events. An embedded log is created if
 * missing; in Kafka, LOG_TOPIC_UNKNOWN when topics are missing, SCHEMA_UNKNOWN when the registry lacks a schema.
 */
export async function openStore(
  config: Config,
  source: string,
  instrumentation: Partial<Instrumentation> = {},
  connect: ConnectOptions = {},
): Promise<Store> {
  const { paths } = await openHome(config.home);
  return openIn(paths, config, source, instrumentation, connect);
}

/** The same for commands that create no home: NOT_FOUND when there is no embedded log yet. */
export async function openExistingStore(config: Config, source: string): Promise<Store> {
  if (!config.log) await openExistingHome(config.home);
  return openIn(pathsOf(config.home), config, source, {}, {});
}

async function openIn(
  paths: HomePaths,
  config: Config,
  source: string,
  instrumentation: Partial<Instrumentation>,
  connect: ConnectOptions,
): Promise<Store> {
  const artifacts = await openArtifacts(config, paths.artifacts, connect.signal);
  const { log, registry } = await openLog(config, paths.log, connect);
  try {
    const codec = await openCodec(registry);
    const publisher = createPublisher(log, codec, SYSTEM_CLOCK, source, instrumentation);
    return {
      log,
      codec,
      events: createReader(log, codec),
      publisher,
      deadLetters: createDeadLetters(log, codec, publisher),
      artifacts,
      close: () => log.close(),
    };
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** Runs a command that needs no services, and with which a home may begin. */
export async function withStoreOrNewHome<T>(
  config: Config,
  command: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openStore(config, 'cli');
  try {
    return await command(store);
  } finally {
    await store.close();
  }
}

/** Runs a command that needs no services. */
export async function withStore<T>(config: Config, command: (store: Store) => Promise<T>): Promise<T> {
  const store = await openExistingStore(config, 'cli');
  try {
    return await command(store);
  } finally {
    await store.close();
  }
}
