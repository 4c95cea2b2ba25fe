import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../test/harness/folder.ts';
import { type CachedStep, StepCache, stepCacheOf, stepKey } from './step-cache.ts';

const DAY_MS = 86_400_000;
const BOUNDS = { ttlMs: 30 * DAY_MS, maxSteps: 2 };
const [A, B, C] = ['a', 'b', 'c'].map((name) => stepKey({ step: 'training', name })) as [
  string,
  string,
  string,
];

const step = (id: string, at: number): CachedStep => ({
  ...{ step: 'training', id, model: 'm', seconds: 2, at },
  result: { package: 'sha256:p', metrics: { accuracy: 0.9 }, epochs: 3, stoppedEarly: false },
});

test('a key is of the inputs, in whatever order they are named', () => {
  const keyOf = (inputs: object) => stepKey({ step: 'training', ...inputs });
  expect(keyOf({ a: 1, b: { c: [1, 2], d: null } })).toBe(keyOf({ b: { d: null, c: [1, 2] }, a: 1 }));
  expect(keyOf({ a: 1 })).not.toBe(keyOf({ a: 2 }));
  expect(keyOf({ a: [1, 2] })).not.toBe(keyOf({ a: [2, 1] }));
  expect(A).toMatch(/^[0-9a-f]{64}$/);
});

test('a step is found until it is too old, also by another process', async () => {
  await using folder = await temporaryFolder('steps');
  await new StepCache(folder.path, BOUNDS).put(A, step('r', 0));
  const cache = new StepCache(folder.path, BOUNDS);
  expect(await cache.get(A, 30 * DAY_MS)).toEqual(step('r', 0));
  expect(await cache.get(B, 0)).toBeUndefined();
  expect(await cache.get(A, 30 * DAY_MS + 1)).toBeUndefined();
  expect(await readdir(join(folder.path, 'steps'))).toEqual([]);
});

test('of more steps than are kept those that were used last stay', async () => {
  await using folder = await temporaryFolder('steps');
  const cache = new StepCache(folder.path, BOUNDS);
  const now = Date.now();
  await cache.put(A, step('a', now));
  await cache.put(B, step('b', now));
  await cache.get(B, now + DAY_MS);
  await cache.get(A, now + 2 * DAY_MS);
  await cache.put(C, step('c', now + 3 * DAY_MS));
  await cache.get(C, now + 3 * DAY_MS);
  expect((await cache.list()).map(({ id }) => id).sort()).toHaveLength(2);
  expect(await cache.get(A, now)).toMatchObject({ id: 'a' });
  const asSet = stepCacheOf({ cache: folder.path, reuseDays: 2, reuseSteps: 10 });
  expect(await asSet.get(A, now + 2 * DAY_MS)).toMatchObject({ id: 'a' });
  expect(await asSet.get(A, now + 2 * DAY_MS + 1)).toBeUndefined();
});

test('steps that ended before a time are cleared, and a damaged file is none', async () => {
  await using folder = await temporaryFolder('steps');
  const cache = new StepCache(folder.path, { ...BOUNDS, maxSteps: 10 });
  await cache.put(A, step('a', 1_000));
  await cache.put(B, step('b', 2_000));
  const file = join(folder.path, 'steps', `${C}.json`);
  await writeFile(file, '{"step":');
  expect(await cache.get(C, 2_000)).toBeUndefined();
  await cache.put(C, step('c', 2_000));
  await writeFile(file, (await readFile(file, 'utf8')).replace('0.9', '0.8'));
  expect(await cache.get(C, 2_000)).toBeUndefined();
  expect(await cache.clear(2_000)).toBe(1);
  expect((await cache.list()).map(({ id }) => id)).toEqual(['b']);
  expect(await new StepCache(join(folder.path, 'nowhere'), BOUNDS).list()).toEqual([]);
});
