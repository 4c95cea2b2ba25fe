import { expect, test } from 'vitest';
import { EpochlogError } from '../../kernel/errors.ts';
import { Batcher } from './batcher.ts';

/** A batcher that doubles, and the batches it was given; a run ends when told to. */
function doubling(maxItems: number, maxWeight = Infinity, { waitMs = 0, timeoutMs = 60_000 } = {}) {
  const limits = { maxItems, maxWeight, weightOf: (item: number) => item, waitMs, timeoutMs };
  const batches: number[][] = [];
  const ends: (() => void)[] = [];
  const batcher = new Batcher<number, number>(async (items) => {
    batches.push([...items]);
    await new Promise<void>((resolve) => ends.push(resolve));
    if (items.includes(13)) throw new Error('unlucky');
    return items.map((item) => 2 * item);
  }, limits);
  const endNext = async () => {
    while (ends.length === 0) await new Promise(setImmediate);
    ends.shift()?.();
  };
  return { batcher, batches, endNext };
}

test('what comes in one turn runs together, each with its own result', async () => {
  const { batcher, batches, endNext } = doubling(64);
  const results = Promise.all([1, 2, 3].map((item) => batcher.submit(item)));
  await endNext();
  expect(await results).toEqual([2, 4, 6]);
  expect(batches).toEqual([[1, 2, 3]]);
});

test('a batch is bounded, and what comes while two run waits and runs together', async () => {
  const { batcher, batches, endNext } = doubling(2);
  const submit = async (item: number) => {
    const result = batcher.submit(item);
    await new Promise(setImmediate);
    return { result };
  };
  const first = [1, 2, 3, 4].map((item) => batcher.submit(item));
  while (batches.length < 2) await new Promise(setImmediate);
  const { result: fifth } = await submit(5);
  const { result: sixth } = await submit(6);
  expect(batches).toEqual([
    [1, 2],
    [3, 4],
  ]);
  for (let ended = 0; ended < 3; ended++) await endNext();
  expect(await Promise.all([...first, fifth, sixth])).toEqual([2, 4, 6, 8, 10, 12]);
  expect(batches[2]).toEqual([5, 6]);
});

test('a batch weighs no more than allowed, but for an item that does so by itself', async () => {
  const { batcher, batches, endNext } = doubling(3, 10);
  const results = Promise.all([1, 2, 3, 4, 5, 6, 20, 10, 1].map((item) => batcher.submit(item)));
  for (let ended = 0; ended < 6; ended++) await endNext();
  await results;
  expect(batches).toEqual([[1, 2, 3], [4, 5], [6], [20], [10], [1]]);
});

test('an error is given to those of its batch, and the next batch runs', async () => {
  const { batcher, endNext } = doubling(2);
  const results = Promise.allSettled([12, 13, 14].map((item) => batcher.submit(item)));
  await endNext();
  await endNext();
  expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
});

test('an item that cannot be run fails alone: those of its batch run by themselves', async () => {
  const batcher = new Batcher<number, number>(
    async (items) => {
      if (items.includes(13)) throw new EpochlogError('INFERENCE_FAILED', 'unlucky');
      return items.map((item) => 2 * item);
    },
    { maxItems: 4, maxWeight: Infinity, weightOf: () => 1, waitMs: 0, timeoutMs: 60_000 },
  );
  const results = await Promise.allSettled([12, 13, 14].map((item) => batcher.submit(item)));
  expect(results).toMatchObject([
    { status: 'fulfilled', value: 24 },
    { status: 'rejected', reason: { code: 'INFERENCE_FAILED' } },
    { status: 'fulfilled', value: 28 },
  ]);
});

test('a batch that may wait runs when it is full, and when its time is over', async () => {
  const { batcher, batches, endNext } = doubling(2, Infinity, { waitMs: 20 });
  const results = [batcher.submit(1)];
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
  results.push(batcher.submit(2)); // a full batch waits no more
  await endNext();
  const alone = batcher.submit(3);
  await endNext();
  expect(await Promise.all([...results, alone])).toEqual([2, 4, 6]);
  expect(batches.flat()).toEqual([1, 2, 3]);
  expect(batches.at(-1)).toEqual([3]);
});

test('an item that has no result in time is told so, and not run if it still waits; the next are run', async () => {
  const { batcher, batches, endNext } = doubling(1, Infinity, { timeoutMs: 30 });
  const late = await Promise.allSettled([1, 2, 3].map((item) => batcher.submit(item)));
  expect(late.map((one) => one.status === 'rejected' && one.reason.code)).toEqual(
    Array(3).fill('INFERENCE_TIMEOUT'),
  );
  await endNext();
  await endNext();
  expect(batches).toEqual([[1], [2]]);
});
