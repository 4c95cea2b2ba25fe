import { digestsIn, openFolder } from '../../infra/artifacts/folder.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';

/**
 * Stores all artifacts of a folder in another place, each verified against its digest, and returns how many there are.
 * What is there already is left as it is.
 */
export async function moveArtifacts(
  folder: string,
  target: ArtifactStore,
  onProgress: (stored: number) => void,
): Promise<number> {
  const source = await openFolder(folder);
  let stored = 0;
  for await (const digest of digestsIn(folder)) {
    await target.put(await source.get(digest));
    stored += 1;
    onProgress(stored);
  }
  return stored;
}
