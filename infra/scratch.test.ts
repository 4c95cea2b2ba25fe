import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../test/harness/folder.ts';
import { openScratch } from './scratch.ts';

test('what is appended, also at the same time, is read back; the file has no name, and is not there before', async () => {
  await using folder = await temporaryFolder('scratch');
  const path = join(folder.path, 'in', 'it');
  const file = openScratch(path).create();
  expect(await readdir(folder.path)).toEqual([]);
  const parts = ['a', 'bc', '', 'def'.repeat(50_000)].map((text) => Buffer.from(text));
  const offsets = await Promise.all(parts.map((part) => file.append(part)));
  expect(offsets).toEqual([0, 1, 3, 3]);
  expect(file.size).toBe(150_003);
  for (const [at, part] of parts.entries())
    expect(Buffer.compare(await file.read(offsets[at]!, part.length), part)).toBe(0);
  expect(await readdir(path)).toEqual([]);
  await expect(file.read(150_000, 4)).rejects.toThrow(/no 4 bytes at 150000/);
  await file[Symbol.asyncDispose]();
});
