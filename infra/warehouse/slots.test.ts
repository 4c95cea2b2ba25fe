import { expect, test } from 'vitest';
import { Slots } from './slots.ts';

const full = () => new Error('full');

/** Tasks that end when they are told to. */
function tasks() {
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const task = (name: number) => () => {
    started.push(name);
    return new Promise<number>((resolve) => ends.push(() => resolve(name)));
  };
  return { started, task, endNext: () => ends.shift()?.() };
}

test('at most n tasks run concurrently, the others wait in FIFO order', async () => {
  const slots = new Slots(2, 10);
  const { started, task, endNext } = tasks();
  const all = [1, 2, 3, 4].map((name) => slots.use(task(name), full));
  expect(started).toEqual([1, 2]);
  endNext();
  await all[0];
  endNext();
  await all[1];
  await Promise.resolve();
  expect(started).toEqual([1, 2, 3, 4]);
  endNext();
  endNext();
  expect(await Promise.all(all)).toEqual([1, 2, 3, 4]);
  expect(await slots.use(async () => 5, full)).toBe(5);
});

test('a task that fails frees its slot', async () => {
  const slots = new Slots(1, 10);
  const failing = slots.use(() => Promise.reject(new Error('failed')), full);
  const next = slots.use(async () => 'ran', full);
  await expect(failing).rejects.toThrow('failed');
  expect(await next).toBe('ran');
});

test('a full queue refuses tasks', async () => {
  const slots = new Slots(1, 1);
  const { task, endNext } = tasks();
  const running = slots.use(task(1), full);
  const waiting = slots.use(async () => 2, full);
  await expect(slots.use(task(3), full)).rejects.toThrow('full');
  endNext();
  expect(await Promise.all([running, waiting])).toEqual([1, 2]);
});

test('a task that waits too long times out, and its slot goes to another', async () => {
  const slots = new Slots(1, 2);
  const { task, endNext } = tasks();
  const running = slots.use(task(1), full);
  await expect(slots.use(task(2), full, 1)).rejects.toThrow('full');
  const [patient, another] = [slots.use(async () => 3, full, 60_000), slots.use(async () => 4, full)];
  endNext();
  expect(await Promise.all([running, patient, another])).toEqual([1, 3, 4]);
});
