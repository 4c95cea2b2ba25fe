import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../test/harness/folder.ts';
import { readTextFile } from './input-file.ts';

test('a text file is UTF-8, with or without a byte order mark; others are refused', async () => {
  await using folder = await temporaryFolder('text');
  const path = join(folder.path, 'task.yaml');
  const written = async (bytes: string | Uint8Array) => {
    await writeFile(path, bytes);
    return readTextFile(path);
  };
  expect(await written('\uFEFFFläche: number\n')).toBe('Fläche: number\n');
  for (const encoding of ['latin1', 'utf16le'] as const)
    await expect(written(Buffer.from('Fläche: number', encoding))).rejects.toThrow(
      /task\.yaml is no text in UTF-8: save/,
    );
  await expect(written('')).rejects.toThrow(/task\.yaml is empty: is it the right file\?/);
});
