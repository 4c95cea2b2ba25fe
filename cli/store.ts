import { openFolder } from '../infra/artifacts/folder.ts';
import type { Config } from '../infra/config/config.ts';
import { openHome } from '../infra/home.ts';
import { openEmbeddedLog } from '../infra/log/embedded/log.ts';
import { type Codec, createCodec } from '../kernel/codec.ts';
import { ALL_STREAMS, topicOf } from '../kernel/event.ts';
import type { ArtifactStore } from '../kernel/ports/artifacts.ts';
import type { EventLog } from '../kernel/ports/log.ts';
import { createPublisher, type Publisher } from '../kernel/publisher.ts';
import { createReader, type EventReader } from '../kernel/reader.ts';
import { loadSchemas } from '../schemas/load.ts';

/** One partition keeps the order of a whole topic, and one process has no use for more. */
const EMBEDDED_PARTITIONS = 1;

/** What a command needs to read and append: any number of processes may have it open. */
export interface Store {
  log: EventLog;
  codec: Codec;
  events: EventReader;
  publisher: Publisher;
  artifacts: ArtifactStore;
  close(): Promise<void>;
}

/** Opens the log and the artifacts of a home, creating them if need be. `source` signs what is appended. */
export async function openStore(config: Config, source: string): Promise<Store> {
  const { paths } = await openHome(config.home);
  const artifacts = await openArtifacts(config, paths.artifacts);
  const log = await openEmbeddedLog({ path: paths.log });
  const topics = ALL_STREAMS.map(topicOf).flatMap((topic) => [topic, `${topic}.dlq`]);
  await log.ensureTopics(topics.map((name) => ({ name, partitions: EMBEDDED_PARTITIONS })));
  const codec = await createCodec(log.registry, loadSchemas());
  return {
    log,
    codec,
    events: createReader(log, codec),
    publisher: createPublisher(log, codec, Date.now, source),
    artifacts,
    close: () => log.close(),
  };
}

/** The bucket that the configuration names, or the folder of the home. */
async function openArtifacts(config: Config, folder: string): Promise<ArtifactStore> {
  if (!config.artifacts) return openFolder(folder);
  const { openS3 } = await import('../infra/artifacts/s3.ts'); // the SDK takes its time to load
  return openS3({
    ...config.artifacts,
    endpoint: config.s3Endpoint,
    region: config.s3Region,
    pathStyle: config.s3PathStyle,
  });
}
