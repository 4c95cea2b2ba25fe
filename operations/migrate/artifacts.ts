import { digestsIn, openFolder } from '../../infra/artifacts/folder.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';

/**
 * Copies all artifacts of a folder to another store and returns their number. Each is verified against its digest;
 * those that the store has already are left as they are.
 */
export async function copyArtifacts(
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
