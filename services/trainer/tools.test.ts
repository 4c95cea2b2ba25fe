import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keptEmbeddings, touchEmbeddings } from '../../tasks/kept-embeddings.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { trainingTools } from './tools.ts';

test('blocks are read back under their key; one that is damaged is as if it were not there', async () => {
  await using folder = await temporaryFolder('cache');
  const { cache } = trainingTools(folder.path);
  expect(await cache.load('k')).toEqual([]);
  await cache.add('k', Uint8Array.of(1, 2));
  await cache.add('k', Uint8Array.of(3));
  await cache.add('k', Uint8Array.of(3));
  await cache.add('other', Uint8Array.of(4));
  const again = trainingTools(folder.path).cache;
  await touchEmbeddings(folder.path, 'k', 0);
  expect((await again.load('k')).map((block) => [...block]).sort()).toEqual([[1, 2], [3]]);

  const used = await keptEmbeddings(folder.path);
  expect(used.find(({ key }) => key === 'k')!.usedAt).toBeGreaterThan(0);

  const kept = join(folder.path, 'embeddings', 'k');
  const [first = ''] = await readdir(kept);
  await writeFile(join(kept, first), Uint8Array.of(9));
  await writeFile(join(kept, 'draft-of-a-process-that-was-killed'), Uint8Array.of(9));
  expect(await again.load('k')).toHaveLength(1);
});

test('an encoder is found by its name or its folder; where it is not, the error says how to get it', async () => {
  await using folder = await temporaryFolder('encoders');
  const tools = trainingTools(folder.path);
  await expect(tools.encoderFiles('minilm')).rejects.toMatchObject({
    code: 'weights',
    message: expect.stringMatching(/are not in .*minilm: `epochlog encoder fetch` on the machine/),
  });
  const own = join(folder.path, 'encoders', 'own');
  await expect(tools.encoderFiles(own)).rejects.toThrow(`there is no folder ${own}`);
  await mkdir(own, { recursive: true });
  for (const name of ['config.json', 'model.safetensors']) await writeFile(join(own, name), name);
  await expect(tools.encoderFiles('own')).rejects.toThrow(`${own} has no tokenizer.json`);
  await writeFile(join(own, 'tokenizer.json'), 'tokenizer.json');
  const { weights } = await tools.encoderFiles('own');
  expect(weights).toEqual(new Uint8Array(await readFile(join(own, 'model.safetensors'))));
  expect(await tools.encoderFiles(own)).toEqual(await tools.encoderFiles('own'));
});
