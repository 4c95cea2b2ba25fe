import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { type PreparedCluster, preparedCluster } from '../harness/prepared.ts';
import { ALL, Trial, type Worker } from './trial.ts';

const KILLS = 2;

let cluster: PreparedCluster;
let trial: Trial;
let one: Worker;
let other: Worker;
beforeAll(async () => {
  cluster = await preparedCluster();
  trial = await Trial.open(cluster.environment);
  [one, other] = [await trial.start(), await trial.start()];
});
afterAll(async () => {
  await trial?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

/** The milliseconds after which a process runs all shards of each service. */
async function takeover(successor: Worker, since: number): Promise<Record<string, number>> {
  const times = ALL.map(async (name) => [
    name,
    (await successor.has(name, name === 'collector' ? 1 : 4, since)) - since,
  ]);
  return Object.fromEntries(await Promise.all(times));
}

test(`kill -9 of either of two processes, ${KILLS} times: the other takes over, nothing is lost or doubled`, async ({
  annotate,
}) => {
  for (let kill = 0; kill < KILLS; kill++) {
    await other.has('trainer', 2);
    await trial.requests(20);
    const killed = Date.now();
    await one.kill();
    await annotate(`taken over after ms: ${JSON.stringify(await takeover(other, killed))}`);
    [one, other] = [other, await trial.start()];
  }
  expect(await trial.verdict()).toEqual([]);
});

test('a stopped process releases its shards at once', async ({ annotate }) => {
  await other.has('trainer', 2);
  await trial.requests(20);
  const stopped = Date.now();
  one.signal('SIGTERM');
  await annotate(`taken over after ms: ${JSON.stringify(await takeover(other, stopped))}`);
  expect(await one.child.ended).toBe(0);
  [one, other] = [other, await trial.start()];
  expect(await trial.verdict()).toEqual([]);
});

test('a process that was paused until others took over writes nothing when it resumes, and is assigned shards again', async ({
  annotate,
}) => {
  await other.has('trainer', 2);
  await trial.requests(20);
  const paused = Date.now();
  one.signal('SIGSTOP');
  await annotate(`taken over after ms: ${JSON.stringify(await takeover(other, paused))}`);
  await trial.requests(20);
  const resumed = Date.now();
  one.signal('SIGCONT');
  const again = await one.has('trainer', 2, await one.hasNone('trainer', resumed));
  await annotate(`assigned again after ms: ${again - resumed}`);
  await trial.requests(20);
  expect(await trial.verdict()).toEqual([]);
});

test('processes that join and leave all the time, stopped or killed, lose nothing', async () => {
  for (let i = 0; i < 4; i++) {
    const guest = await trial.start(['collector', 'trainer']);
    await trial.requests(10); // the group may still be rebalancing
    if (i % 2 === 0) await guest.kill();
    else guest.signal('SIGTERM');
  }
  expect(await trial.verdict()).toEqual([]);
});

test('kill -9 of the warehouse during inserts, and again after its restart: every event is in it once', async () => {
  for (let kill = 0; kill < 3; kill++) {
    await trial.requests(10);
    const { pid } = trial.engine;
    process.kill(pid!, 'SIGKILL');
    await eventually(async () => (trial.engine.pid !== pid ? true : undefined));
  }
  expect(await trial.verdict()).toEqual([]);
});
