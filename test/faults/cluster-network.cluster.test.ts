import { afterAll, beforeAll, expect, test } from 'vitest';
import { openKafkaLog } from '../../infra/log/kafka/log.ts';
import { readAll, record, textOf, unique } from '../contract/event-log-kit.ts';
import { eventually } from '../harness/eventually.ts';
import { freePorts } from '../harness/ports.ts';
import { type PreparedCluster, preparedCluster } from '../harness/prepared.ts';
import { openLink, type TcpLink } from '../harness/tcp-link.ts';
import { Trial } from './trial.ts';

/** A process whose network to the broker fails, and clients whose network does not. */

let cluster: PreparedCluster;
let link: TcpLink;
let trial: Trial;
beforeAll(async () => {
  const [port] = await freePorts(1);
  link = await openLink(`tcp://127.0.0.1:${port}`);
  cluster = await preparedCluster({ clients: [{ port: port!, advertisedPort: link.port }] });
  trial = await Trial.open(cluster.environment);
});
afterAll(async () => {
  await trial?.[Symbol.asyncDispose]();
  await link?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

test.each([1, 4, 40, 4_000, 40_000])(
  'a read over connections that are reset after %i bytes is complete',
  async (bytes) => {
    const topic = unique('topic');
    await trial.store.log.ensureTopics([{ name: topic, partitions: 1 }]);
    const log = await openKafkaLog({ brokers: [`127.0.0.1:${link.port}`] });
    const values = Array.from({ length: 30 }, (_, i) => `${i}`.padEnd(3_000, '.'));
    await log.append(values.map((value) => record(topic, 'key', value)));
    for (let round = 0; round < 3; round++) {
      const before = link.connections;
      link.fail('reset', bytes);
      const reading = readAll(log, topic);
      await eventually(async () => link.connections > before + 1 || undefined);
      link.heal();
      expect((await reading).map(textOf)).toEqual(values);
    }
    await log.close();
  },
);

test('connections that are reset, also in the middle of a response, are reopened; nothing is lost or doubled', async () => {
  await trial.start(undefined, { EPOCHLOG_LOG: `kafka://127.0.0.1:${link.port}` });
  for (const bytes of [0, 3, 30, 300, 3_000, 30_000]) {
    link.fail('reset', bytes);
    await trial.requests(5);
    link.heal();
    await trial.requests(5);
  }
  expect(await trial.verdict()).toEqual([]);
});

test('late responses are waited for', async () => {
  link.delay(200);
  await trial.requests(20);
  expect(await trial.verdict()).toEqual([]);
  link.heal();
});

test('connections without a response are closed; commits that had succeeded are not repeated', async () => {
  link.fail('unresponsive');
  await trial.requests(20);
  await trial.start();
  link.heal();
  await trial.requests(20);
  expect(await trial.verdict()).toEqual([]);
});
