import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cached } from './cached.ts';
import { temporaryFolder } from './folder.ts';

test('a folder is filled by one of those that ask for it, after one that failed, and after one that was killed', async () => {
  await using root = await temporaryFolder('cached');
  const folder = join(root.path, 'packages');
  const failing = async () => {
    throw new Error('no network');
  };
  await expect(cached(folder, failing)).rejects.toThrow('no network');
  const { pid } = spawnSync(process.execPath, ['--version']); // it has ended
  await writeFile(`${folder}.lock`, String(pid));
  let fills = 0;
  const fill = async (draft: string) => {
    fills += 1;
    await writeFile(join(draft, 'file'), 'whole');
  };
  const asked = await Promise.all([1, 2, 3].map(() => cached(folder, fill)));
  expect([fills, ...asked]).toEqual([1, folder, folder, folder]);
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('whole');
  expect(await readdir(root.path)).toEqual(['packages']);
});
