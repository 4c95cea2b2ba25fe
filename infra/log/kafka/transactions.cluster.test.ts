import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { EventLog } from '../../../kernel/ports/log.ts';
import { next, readAll, record, textOf } from '../../../test/contract/event-log-kit.ts';
import { type Cluster, startCluster } from '../../../test/harness/cluster/cluster.ts';
import { createClient } from './client.ts';
import { Connection } from './connection.ts';
import { Fetcher } from './fetcher.ts';
import { captureCluster, identityOf, type ProducerIdentity } from './kafkajs-patch.ts';
import { openKafkaLog } from './log.ts';
import { Offsets } from './offsets.ts';
import { openProducer } from './producer.ts';
import {
  findTransactionCoordinator,
  type TransactionCoordinator,
  transactionState,
} from './transaction-coordinator.ts';
import { Transactions } from './transactions.ts';

const INPUT = 'epochlog.input';
/** one for each test */
const OUTPUTS = Array.from({ length: 4 }, (_, i) => `epochlog.output${i}`);
const SHARD = 'epochlog.group-0';

let cluster: Cluster;
let log: EventLog;
let output = OUTPUTS[0]!;

beforeAll(async () => {
  // only a broker without partition verification accepts records outside of a transaction
  cluster = await startCluster({ properties: { 'transaction.partition.verification.enable': 'false' } });
  log = await openKafkaLog(cluster);
  await log.ensureTopics([INPUT, ...OUTPUTS].map((name) => ({ name, partitions: 1 })));
});
afterAll(async () => {
  await log?.close();
  await cluster?.close();
});
beforeEach(() => {
  output = OUTPUTS.pop()!;
});

/** What a test does at the coordinator of a transactional id, on a connection of its own. */
async function atCoordinator<T>(
  transactionalId: string,
  act: (coordinator: TransactionCoordinator) => Promise<T>,
): Promise<T> {
  const connection = captureCluster(createClient(cluster).kafka, 'committed');
  await connection.connect();
  await connection.addMultipleTargetTopics([output]);
  try {
    return await act(await findTransactionCoordinator(connection, transactionalId));
  } finally {
    await connection.disconnect();
  }
}

const init = (coordinator: TransactionCoordinator, transactionalId: string): Promise<ProducerIdentity> =>
  coordinator.initProducerId({ transactionalId, transactionTimeout: 45_000 });

/** Leaves a record without a marker behind it, as after a broker was killed during a commit. */
async function produceHanging(
  coordinator: TransactionCoordinator,
  transaction: ProducerIdentity & { transactionalId: string },
): Promise<void> {
  const messages = [{ key: 'key', value: 'hanging', headers: {} }];
  const topicData = [{ topic: output, partitions: [{ partition: 0, firstSequence: 0, messages }] }];
  await coordinator.produce({ topicData, ...transaction });
}

/** A shard with an input, which has had a producer. */
async function usedShard(): Promise<void> {
  await log.append([record(INPUT, 'key', 'cause')]);
  await (await log.consumer('group', [INPUT])).close();
}

async function expectNextReaction(before: readonly string[]): Promise<void> {
  const consumer = await log.consumer('group', [INPUT]);
  expect((await readAll(log, output)).map(textOf)).toEqual(before);
  const [cause] = await consumer.poll(1, AbortSignal.timeout(10_000));
  await consumer.commit(next(cause!), [record(output, 'key', 'effect')]);
  expect((await readAll(log, output)).map(textOf)).toEqual([...before, 'effect']);
  await consumer.close();
}

test('a hanging transaction that was not committed is aborted by the next producer of the shard: its records are never read, and those after it are', async () => {
  await usedShard();
  await atCoordinator(SHARD, async (coordinator) => {
    const identity = await init(coordinator, SHARD);
    await produceHanging(coordinator, { transactionalId: SHARD, ...identity });
  });
  await log.append([record(output, 'key', 'behind it')]);
  await expectNextReaction(['behind it']);
});

test('a hanging transaction that was committed is completed by the next producer of the shard: its records are read', async () => {
  await usedShard();
  await atCoordinator(SHARD, async (coordinator) => {
    const transaction = { transactionalId: SHARD, ...(await init(coordinator, SHARD)) };
    await coordinator.addOffsetsToTxn({ ...transaction, groupId: 'epochlog.group' });
    await coordinator.endTxn({ ...transaction, transactionResult: true });
    await expect.poll(() => transactionState(coordinator, SHARD)).toBe('CompleteCommit');
    await produceHanging(coordinator, transaction);
  });
  await log.append([record(output, 'key', 'behind it')]);
  await expectNextReaction(['hanging', 'behind it']);
});

test('a producer that has lost its connections completes an acknowledged transaction that hangs, without another append', async () => {
  const client = createClient(cluster);
  const fetcher = new Fetcher(client);
  const offsets = new Offsets(client, fetcher);
  const connection = new Connection(client, 'committed');
  const producer = openProducer(client, 'survivor', 45_000);
  const transactions = new Transactions({ connection, offsets, transactionalId: 'survivor' });
  await producer.connect();
  await transactions.takeOver(producer, []);
  await atCoordinator('survivor', (coordinator) =>
    produceHanging(coordinator, { transactionalId: 'survivor', ...identityOf('survivor')! }),
  );
  transactions.add([{ topic: output, partition: 0, offset: 0 }], []);

  await cluster.stopBroker(0);
  await cluster.startBroker(0);
  expect((await readAll(log, output)).map(textOf)).toEqual(['hanging']);
  transactions.close();
  await producer.disconnect();
  await connection.close();
  await offsets.close();
  await fetcher.close();
});

test('the state of a transactional id that had no producer is unknown', async () => {
  await atCoordinator('none', async (coordinator) => {
    expect(await transactionState(coordinator, 'none')).toBeUndefined();
  });
});
