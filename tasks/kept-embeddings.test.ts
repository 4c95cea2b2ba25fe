import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../test/harness/folder.ts';
import {
  boundEmbeddings,
  clearEmbeddings,
  embeddingsIn,
  keptEmbeddings,
  touchEmbeddings,
} from './kept-embeddings.ts';

const HOUR_MS = 3_600_000;
const NOW = 1_000 * HOUR_MS;

/** A folder of the user with embeddings of 100, 200 and 300 bytes, used 1, 2 and 3 days ago, and a file that is none. */
async function folderWith() {
  const folder = await temporaryFolder('embeddings');
  for (const [at, key] of ['one', 'two', 'three'].entries()) {
    const own = join(embeddingsIn(folder.path), key);
    await mkdir(own, { recursive: true });
    for (let block = 0; block <= at; block++) await writeFile(join(own, `${block}`), new Uint8Array(100));
    await touchEmbeddings(folder.path, key, NOW - (at + 1) * 24 * HOUR_MS);
  }
  await writeFile(join(embeddingsIn(folder.path), 'stray'), 'none');
  return folder;
}
const keysIn = async (cache: string) => (await keptEmbeddings(cache)).map(({ key }) => key);

test('embeddings are listed with their size, the last used first', async () => {
  await using folder = await folderWith();
  expect(await keptEmbeddings(folder.path)).toEqual([
    { key: 'one', blocks: 1, bytes: 100, usedAt: NOW - 24 * HOUR_MS },
    { key: 'two', blocks: 2, bytes: 200, usedAt: NOW - 48 * HOUR_MS },
    { key: 'three', blocks: 3, bytes: 300, usedAt: NOW - 72 * HOUR_MS },
  ]);
  expect(await keptEmbeddings(join(folder.path, 'nowhere'))).toEqual([]);
});

test('those that were not used for a while are cleared', async () => {
  await using folder = await folderWith();
  expect(await clearEmbeddings(folder.path, NOW - 36 * HOUR_MS)).toBe(500);
  expect(await keysIn(folder.path)).toEqual(['one']);
  expect((await readdir(embeddingsIn(folder.path))).sort()).toEqual(['one', 'stray']);
});

test('of more bytes than are kept those that were used last stay, and what is in use', async () => {
  await using folder = await folderWith();
  await boundEmbeddings(folder.path, 300, NOW);
  expect(await keysIn(folder.path)).toEqual(['one', 'two']);
  await touchEmbeddings(folder.path, 'two', NOW - HOUR_MS / 2);
  await boundEmbeddings(folder.path, 150, NOW);
  expect(await keysIn(folder.path)).toEqual(['two']);
});
