import { expect, test } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

test('sleepers wake in the order of their wake-up times, and time is then that time', async () => {
  const clock = new VirtualClock(0);
  const woken: [string, number][] = [];
  const sleep = (name: string, ms: number) =>
    clock.sleep(ms).then(() => void woken.push([name, clock.now()]));
  await Promise.all([sleep('day', 86_400_000), sleep('second', 1_000), sleep('hour', 3_600_000)]);
  expect(woken).toEqual([
    ['second', 1_000],
    ['hour', 3_600_000],
    ['day', 86_400_000],
  ]);
});

test('a signal ends a sleep', async () => {
  const clock = new VirtualClock(0, 0);
  const abort = new AbortController();
  const sleeping = clock.sleep(1, abort.signal);
  abort.abort();
  await expect(sleeping).rejects.toMatchObject({ name: 'AbortError' });
  await expect(clock.sleep(1, abort.signal)).rejects.toMatchObject({ name: 'AbortError' });
  expect(clock.now()).toBe(0);
});
