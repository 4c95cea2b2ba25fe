import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = 'embeddings';
/** A training adds to its embeddings while others are removed: so long after the last one they stay. */
const IN_USE_MS = 3_600_000;

/** The folder of the embeddings in that of the user for what may be lost. */
export const embeddingsIn = (cache: string): string => join(cache, FOLDER);

/** Embeddings by one encoder with the same settings. */
export interface Kept {
  /** digest of the encoder and the settings */
  readonly key: string;
  readonly blocks: number;
  readonly bytes: number;
  /** when they were read or added to, milliseconds since the epoch */
  readonly usedAt: number;
}

/** The embeddings that are kept, the last used first. */
export async function keptEmbeddings(cache: string): Promise<Kept[]> {
  const kept: Kept[] = [];
  for (const key of await readdir(embeddingsIn(cache)).catch(() => [])) {
    const folder = join(embeddingsIn(cache), key);
    const [names, own] = await Promise.all([
      readdir(folder).catch(() => []),
      stat(folder).catch(() => undefined),
    ]);
    if (!own?.isDirectory()) continue; // it was removed meanwhile, or is none of them
    const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
    const bytes = sizes.reduce((sum, file) => sum + (file?.size ?? 0), 0);
    kept.push({ key, blocks: names.length, bytes, usedAt: Math.round(own.mtimeMs) });
  }
  return kept.sort((a, b) => b.usedAt - a.usedAt || (a.key < b.key ? -1 : 1));
}

/** Says that embeddings were used now. @param now milliseconds since the epoch */
export const touchEmbeddings = (cache: string, key: string, now: number): Promise<void> =>
  utimes(join(embeddingsIn(cache), key), now / 1_000, now / 1_000).catch(() => undefined); // there are none

/** Removes those that were last used before a time. @param before milliseconds since the epoch @returns how many bytes */
export async function clearEmbeddings(cache: string, before: number): Promise<number> {
  const old = (await keptEmbeddings(cache)).filter(({ usedAt }) => usedAt < before);
  for (const { key } of old) await rm(join(embeddingsIn(cache), key), { recursive: true, force: true });
  return old.reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * Keeps so many bytes of those that were used last; what was used a moment ago stays all the same.
 *
 * @param now milliseconds since the epoch
 */
export async function boundEmbeddings(cache: string, maxBytes: number, now: number): Promise<void> {
  let sum = 0;
  for (const { key, bytes, usedAt } of await keptEmbeddings(cache)) {
    sum += bytes;
    if (sum > maxBytes && now - usedAt > IN_USE_MS)
      await rm(join(embeddingsIn(cache), key), { recursive: true, force: true });
  }
}
