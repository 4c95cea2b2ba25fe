import { openFolder } from '../../infra/artifacts/folder.ts';
import type { Config } from '../../infra/config/schema.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';

/** Opens the configured bucket, whose requests the signal aborts, or the folder of the home. */
export async function openArtifacts(
  config: Config,
  folder: string,
  signal?: AbortSignal,
): Promise<ArtifactStore> {
  if (!config.artifacts) return openFolder(folder);
  const { openS3 } = await import('../../infra/artifacts/s3.ts'); // the SDK is slow to load
  return openS3({
    ...config.artifacts,
    endpoint: config.s3Endpoint,
    region: config.s3Region,
    pathStyle: config.s3PathStyle,
    signal,
  });
}
