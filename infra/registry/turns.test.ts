import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

test('so many run at a time, in the order in which they came, also when some fail', async () => {
  const turns = new Turns(3);
  let running = 0;
  const most: number[] = [];
  const begun: number[] = [];
  const request = (i: number) => async () => {
    begun.push(i);
    running += 1;
    most.push(running);
    await turn();
    running -= 1;
    if (i % 4 === 0) throw new Error('it failed');
    return i;
  };
  const all = Array.from({ length: 20 }, (_, i) => turns.take(request(i)));
  const outcomes = await Promise.allSettled(all);
  expect(Math.max(...most)).toBe(3);
  expect(begun).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(outcomes.map(({ status }) => status)).toEqual(
    Array.from({ length: 20 }, (_, i) => (i % 4 === 0 ? 'rejected' : 'fulfilled')),
  );
  expect(await turns.take(async () => 'later')).toBe('later');
});

test('those that wait for a server that does not answer are rejected with those that have asked it', async () => {
  const turns = new Turns(1);
  const asked: string[] = [];
  const none = new Error('no answer');
  const first = turns.take(async () => {
    asked.push('first');
    await turn();
    turns.rejectWaiting(none);
    throw none;
  });
  const second = turns.take(async () => void asked.push('second'));
  await expect(first).rejects.toBe(none);
  await expect(second).rejects.toBe(none);
  expect(asked).toEqual(['first']);
  expect(await turns.take(async () => 'again')).toBe('again');
});
