import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { Tally } from './tally.ts';

const ENTRIES = 100_000;
const KEYS = 7_001;

test.each([
  ['in memory', 500, undefined],
  ['on the disk', ENTRIES, undefined],
  ['on the disk, more than are in memory at once', 30_000, 100],
])('entries %s are folded by key, in the order in which they were added', async (_, entries, maxKeys) => {
  await using folder = await temporaryFolder('tally');
  using tally = new Tally(folder.path, 2, maxKeys);
  const expected = new Map<number, number[]>();
  for (let i = 0; i < entries; i++) {
    const key = (i * 7_919) % KEYS;
    tally.add(`key ${key}`, key, i);
    if (!expected.has(key)) expected.set(key, []);
    expected.get(key)!.push(i);
  }
  const found = new Map<number, number[]>();
  tally.fold<number[]>((state = [], [key, i]) => {
    state.push(i!);
    found.set(key!, state);
    return state;
  });
  expect(found).toEqual(expected);
  expect(await readdir(folder.path)).toEqual([]);
});
