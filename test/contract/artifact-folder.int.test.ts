import { readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openFolder } from '../../infra/artifacts/folder.ts';
import type { Stored } from '../faults/artifact-child.ts';
import { startChild } from '../harness/child.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { aged, artifactStoreContract } from './artifact-store.ts';

const CHILD = new URL('../faults/artifact-child.ts', import.meta.url);
const fileOf = (digest: string): string => join('sha256', digest.slice(7, 9), digest.slice(7));

artifactStoreContract('a folder', async () => {
  const folder = await temporaryFolder('artifacts');
  return {
    store: await openFolder(folder.path),
    damage: (digest) => truncate(join(folder.path, fileOf(digest)), 100),
    age: (digest) => aged(join(folder.path, fileOf(digest))),
    destroy: () => folder.remove(),
  };
});

/** The digests that the names of a store's files claim, and the names that claim none. */
async function namesIn(root: string): Promise<{ digests: string[]; drafts: string[] }> {
  const entries = await readdir(join(root, 'sha256'), { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const isDigest = (name: string) => /^[0-9a-f]{64}$/.test(name);
  return {
    digests: names.filter(isDigest).map((hex) => `sha256:${hex}`),
    drafts: names.filter((name) => !isDigest(name)),
  };
}

test('kill -9 leaves whole artifacts, and all that were acknowledged', async () => {
  await using folder = await temporaryFolder('artifacts');
  const store = await openFolder(folder.path);
  for (let round = 0; round < 4; round++) {
    const child = startChild<Stored>(CHILD, [folder.path, '2000000']);
    await child.reported(1);
    await sleep(Math.random() * 100); // a random moment
    await child.kill();
    const { digests } = await namesIn(folder.path);
    expect(digests).toEqual(expect.arrayContaining(child.reports.map(({ digest }) => digest)));
    for (const digest of digests) expect(await store.get(digest)).toHaveLength(2_000_000);
  }
});

test.runIf(process.platform !== 'win32')('a full disk is DISK_FULL and leaves nothing behind', async () => {
  await using folder = await temporaryFolder('artifacts');
  const child = startChild<Stored>(
    CHILD,
    [folder.path, '2000000'],
    ['bash', '-c', 'ulimit -S -f 1000; exec "$@"', 'bash'],
  );
  expect(await child.ended).toBe(0);
  expect(child.reports).toEqual([{ code: 'DISK_FULL', message: expect.stringContaining(folder.path) }]);
  expect(await namesIn(folder.path)).toEqual({ digests: [], drafts: [] });
});
