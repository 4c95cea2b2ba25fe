import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster, ClusterOptions } from '../harness/cluster/cluster.ts';
import { preparedCluster } from '../harness/prepared.ts';
import { Trial } from './trial.ts';

/** Two processes react to the requests of clients while brokers fail. */

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
    'kill -9, and a restart %i ms later: nothing is lost, doubled or reordered',
    async (ms) => {
      await trial.requests(1); // services react at each kill
      await cluster.stopBroker(0);
      await sleep(ms);
      await cluster.startBroker(0);
      await trial.requests(20);
      expect(await trial.verdict()).toEqual([]);
    },
  );

  test('15 seconds without a response are waited for', async ({ annotate }) => {
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

  test.each([0, 1, 2])('kill -9 of broker %i: the others continue, and it returns', async (index) => {
    await trial.requests(1);
    await cluster.stopBroker(index);
    try {
      await trial.requests(20);
      expect(await trial.verdict()).toEqual([]);
    } finally {
      await cluster.startBroker(index); // for the tests after it
    }
  });

  test('one becomes unresponsive: the others continue, and it resumes with its requests under way', async ({
    annotate,
  }) => {
    await trial.requests(1);
    const paused = Date.now();
    cluster.signalBroker(0, 'SIGSTOP');
    try {
      await trial.requests(20);
      await annotate(`20 requests after ms: ${Date.now() - paused}`);
      expect(await trial.verdict()).toEqual([]);
      await annotate(`all processed and projected after ms: ${Date.now() - paused}`);
      await trial.requests(1);
    } finally {
      cluster.signalBroker(0, 'SIGCONT');
    }
    await trial.requests(20);
    expect(await trial.verdict()).toEqual([]);
  });
});
