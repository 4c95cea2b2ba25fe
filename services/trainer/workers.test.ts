import { expect, test } from 'vitest';
import { Embedder } from '../../ml/encoder/embedder.ts';
import { openEncoder } from '../../ml/encoder/encoder.ts';
import { tinyEncoder, tinyTools } from '../../test/harness/tiny-encoder.ts';
import { TOY_WORDS } from '../../test/harness/toy-dataset.ts';
import { startWorker } from './workers.ts';

const TEXTS = Array.from({ length: 300 }, (_, at) =>
  [1, 7, 3, 5]
    .map((step) => TOY_WORDS[(at * step + step) % TOY_WORDS.length])
    .join(' ')
    .repeat(1 + (at % 3)),
);

test('workers embed texts as one process does, bit for bit, in the same blocks of the cache', async () => {
  const encoder = openEncoder(tinyEncoder(), 128);
  const embedded = async (cores: number) => {
    const blocks: Uint8Array[] = [];
    const cache = {
      load: async () => [],
      add: async (_: string, block: Uint8Array) => void blocks.push(block),
    };
    const embedder = new Embedder(encoder, 128, { ...tinyTools(), cores, cache });
    return { ...(await embedder.embed(TEXTS)), blocks };
  };
  expect(await embedded(3)).toEqual(await embedded(1));
});

test('what a worker throws is thrown to who asks, also at its start; it goes on after that', async () => {
  const module = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  const served = `export const serve = async (given) => ({
    ask: async (question) => { if (question === 0) throw new RangeError('no ' + given); return 1 / question; },
    close: async () => {},
  });`;
  const worker = await startWorker(module(served), 'zero');
  const answers = await Promise.allSettled([worker.ask(2), worker.ask(0), worker.ask(4)]);
  expect(answers).toMatchObject([
    { value: 0.5 },
    { reason: { name: 'RangeError', message: 'no zero' } },
    { value: 0.25 },
  ]);
  await worker.close();
  const failing = `export const serve = async () => { throw new Error('no weights'); };`;
  await expect(startWorker(module(failing), {})).rejects.toThrow('no weights');
  const ending = `export const serve = async () => ({ ask: async () => process.exit(3), close: async () => {} });`;
  await expect((await startWorker(module(ending), {})).ask(1)).rejects.toThrow('a worker ended with code 3');
});
