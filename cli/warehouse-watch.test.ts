import { expect, test } from 'vitest';
import { EpochlogError } from '../kernel/errors.ts';
import { warehouseWatch } from './warehouse-watch.ts';

/** A warehouse that answers or not, a clock, and a watch that is asked each second. */
function watched(answers: (second: number) => boolean, code: 'WAREHOUSE_UNAVAILABLE' | 'WAREHOUSE_QUERY') {
  let second = 0;
  let pings = 0;
  const ping = async () => {
    pings += 1;
    if (!answers(second)) throw new EpochlogError(code, 'connect ECONNREFUSED');
  };
  const watch = warehouseWatch({ ping }, () => second * 1_000);
  return async (seconds: number) => {
    for (; second < seconds; second += 0.25) await watch();
    return pings;
  };
}

test('a warehouse that is started again in time ends no command, and is asked once a second', async () => {
  const ask = watched((second) => second % 55 > 50, 'WAREHOUSE_UNAVAILABLE');
  expect(await ask(300)).toBe(300);
});

test('one that has not answered for a minute ends it, and says what to do', async () => {
  const ask = watched((second) => second < 10, 'WAREHOUSE_UNAVAILABLE');
  expect(await ask(69.5)).toBe(70);
  await expect(ask(75)).rejects.toMatchObject({
    code: 'WAREHOUSE_UNAVAILABLE',
    message: expect.stringMatching(/not answered for 60 s \(connect ECONNREFUSED\): .*restart it/),
  });
});

test('another error is told at once', () =>
  expect(watched(() => false, 'WAREHOUSE_QUERY')(1)).rejects.toMatchObject({ code: 'WAREHOUSE_QUERY' }));
