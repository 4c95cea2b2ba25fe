import { existsSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { SpillFile } from './spill-file.ts';

const blocks = [[1, 2, 3], [], [4], [5, 6]].map((bytes) => Uint8Array.from(bytes));

/** The deleted files in a folder that this process has open. */
async function openIn(folder: string): Promise<string[]> {
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  return (await Promise.all(links)).filter((link) => link.startsWith(folder));
}

test.skipIf(!existsSync('/proc/self/fd'))(
  'what is put away can be read in any order; no other process sees the file, and it ends when it is closed',
  async () => {
    await using folder = await temporaryFolder('spill');
    const file = new SpillFile(folder.path);
    const places = blocks.map((bytes) => file.put(bytes));
    expect(places.every((place) => !(place instanceof Uint8Array))).toBe(true);
    expect(places.toReversed().map((place) => [...file.read(place)])).toEqual(
      blocks.toReversed().map((bytes) => [...bytes]),
    );
    expect(await readdir(folder.path)).toEqual([]);
    expect(await openIn(folder.path)).toHaveLength(1);
    file[Symbol.dispose]();
    file[Symbol.dispose]();
    expect(await openIn(folder.path)).toEqual([]);
  },
);

test('where no file can be written the bytes stay in memory', () => {
  const file = new SpillFile(join(import.meta.dirname, 'there is no such folder'));
  const kept = blocks.map((bytes) => file.put(bytes));
  expect(kept).toEqual(blocks);
  expect(kept.map((bytes) => file.read(bytes))).toEqual(blocks);
  file[Symbol.dispose]();
});
