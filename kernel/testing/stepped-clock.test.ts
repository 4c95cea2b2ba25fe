import { expect, test } from 'vitest';
import { SteppedClock } from './stepped-clock.ts';

const HOUR_MS = 3_600_000;

test('time moves by steps alone, never back, and wakes those who sleep until then', async () => {
  const clock = new SteppedClock(1_000);
  const woken: string[] = [];
  const sleepers = [2, 1].map((hours) => clock.sleep(hours * HOUR_MS).then(() => woken.push(`${hours} h`)));
  expect(clock.earliest).toBe(1_000 + HOUR_MS);
  clock.advance(1_000 + HOUR_MS - 1);
  await Promise.resolve();
  expect(woken).toEqual([]);
  clock.advance(1_000 + HOUR_MS);
  await sleepers[1];
  expect(woken).toEqual(['1 h']);
  clock.advance(0);
  expect(clock.now()).toBe(1_000 + HOUR_MS);
  expect(clock.earliest).toBe(1_000 + 2 * HOUR_MS);
  clock.advance(1_000 + 2 * HOUR_MS);
  await Promise.all(sleepers);
  expect(clock.earliest).toBeUndefined();
});

test('a sleep that is aborted ends with the reason, and an aborted one does not begin', async () => {
  const clock = new SteppedClock(0);
  const abort = new AbortController();
  const sleeping = clock.sleep(HOUR_MS, abort.signal);
  abort.abort(new Error('stopped'));
  await expect(sleeping).rejects.toThrow('stopped');
  await expect(clock.sleep(HOUR_MS, abort.signal)).rejects.toThrow('stopped');
  expect(clock.earliest).toBeUndefined();
});

test('a pause before a retry ends in real time too, while time stands still', async () => {
  const clock = new SteppedClock(5);
  await clock.sleep(2);
  expect(clock.now()).toBe(5);
});
