import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster, ClusterOptions } from '../harness/cluster/cluster.ts';
import { preparedCluster } from '../harness/prepared.ts';
import { Trial } from './trial.ts';

/** Two processes work, and clients ask for more, while brokers fail. */

let owned: AsyncDisposableStack;
let cluster: Cluster;
let trial: Trial;
const open = (options: ClusterOptions) => async () => {
  await using stack = new AsyncDisposableStack();
  const prepared = stack.use(await preparedCluster(options));
  cluster = prepared.cluster;
  trial = stack.use(await Trial.open(prepared.environment));
  await Promise.all([trial.start(), trial.start()]);
  await trial.requests(20);
  owned = stack.move();
};
const close = () => owned?.disposeAsync();

describe('of one broker', () => {
  beforeAll(open({ brokers: 1 }));
  afterAll(close);

  test.each([0, 3_000])(
    'kill -9, and its start %i ms later: nothing is lost, doubled or reordered',
    async (ms) => {
      await cluster.stopBroker(0);
      await sleep(ms);
      await cluster.startBroker(0);
      await trial.requests(20);
      expect(await trial.verdict()).toEqual([]);
    },
  );

  test('silence of a quarter of a minute is waited for', async ({ annotate }) => {
    await trial.requests(1);
    cluster.signalBroker(0, 'SIGSTOP');
    await sleep(15_000);
    cluster.signalBroker(0, 'SIGCONT');
    const resumed = Date.now();
    await trial.requests(20);
    await annotate(`20 requests after ms: ${Date.now() - resumed}`);
    expect(await trial.verdict()).toEqual([]);
  });
});

describe('of three brokers', () => {
  beforeAll(open({ brokers: 3 }));
  afterAll(close);

  test.each([0, 1, 2])('kill -9 of number %i: the others go on, and it comes back', async (index) => {
    await trial.requests(1);
    await cluster.stopBroker(index);
    await trial.requests(20);
    expect(await trial.verdict()).toEqual([]);
    await cluster.startBroker(index);
  });

  test('one falls silent: the others go on, and it comes back with what it had not finished', async ({
    annotate,
  }) => {
    await trial.requests(1);
    const silent = Date.now();
    cluster.signalBroker(0, 'SIGSTOP');
    await trial.requests(20);
    await annotate(`20 requests after ms: ${Date.now() - silent}`);
    expect(await trial.verdict()).toEqual([]);
    await annotate(`all answered and projected after ms: ${Date.now() - silent}`);
    await trial.requests(1);
    cluster.signalBroker(0, 'SIGCONT');
    await trial.requests(20);
    expect(await trial.verdict()).toEqual([]);
  });
});
