import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestsIn, openFolder } from '../../infra/artifacts/folder.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { copyArtifacts } from './artifacts.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

test('artifacts are copied; present ones stay, and drafts are skipped', async () => {
  await using here = await temporaryFolder('artifacts');
  await using there = await temporaryFolder('artifacts');
  const [source, target] = [await openFolder(here.path), await openFolder(there.path)];
  const digests = [];
  for (const text of ['one', 'two', '']) digests.push(await source.put(bytes(text)));
  await target.put(bytes('two'));
  const [one] = digests;
  await writeFile(join(here.path, `sha256/${one!.slice(7, 9)}/${one!.slice(7)}.draft`), 'half of it');

  const progress: number[] = [];
  expect(await copyArtifacts(here.path, target, (stored) => progress.push(stored))).toBe(3);
  expect(progress).toEqual([1, 2, 3]);
  expect((await Array.fromAsync(digestsIn(there.path))).sort()).toEqual(digests.sort());
  expect(Buffer.from(await target.get(one!)).toString()).toBe('one');
});

test('a damaged artifact is not copied', async () => {
  await using here = await temporaryFolder('artifacts');
  await using there = await temporaryFolder('artifacts');
  const digest = await (await openFolder(here.path)).put(bytes('something'));
  await truncate(join(here.path, `sha256/${digest.slice(7, 9)}/${digest.slice(7)}`), 3);
  const copying = copyArtifacts(here.path, await openFolder(there.path), () => {});
  await expect(copying).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
  expect(await Array.fromAsync(digestsIn(there.path))).toEqual([]);
});
