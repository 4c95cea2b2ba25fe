import { expect, test } from 'vitest';
import { next, readAll, record, textOf } from '../../../test/contract/event-log-kit.ts';
import { startCluster } from '../../../test/harness/cluster/cluster.ts';
import { createClient } from './client.ts';
import { captureCluster } from './kafkajs-patch.ts';
import { openKafkaLog } from './log.ts';

const TRANSACTION = 1; // coordinator type

/** Requests that kafkajs sends and its types do not declare. */
interface TransactionCoordinator {
  initProducerId(request: object): Promise<{ producerId: string; producerEpoch: number }>;
  produce(request: object): Promise<unknown>;
}

const isTransactionCoordinator = (broker: object): broker is TransactionCoordinator =>
  'initProducerId' in broker;

/**
 * Leaves a hanging transaction in a partition: one that its coordinator does not know, as after a broker was killed
 * during a commit. Only a broker without partition verification accepts it.
 */
async function leaveHangingTransaction(
  brokers: readonly string[],
  transactionalId: string,
  topic: string,
  value: string,
): Promise<void> {
  const cluster = captureCluster(createClient({ brokers }).kafka, 'committed');
  await cluster.connect();
  await cluster.addMultipleTargetTopics([topic]);
  const request = { groupId: transactionalId, coordinatorType: TRANSACTION };
  const coordinator: object = await cluster.findGroupCoordinator(request);
  if (!isTransactionCoordinator(coordinator)) throw new Error('this version of kafkajs sends other requests');
  const { producerId, producerEpoch } = await coordinator.initProducerId({
    transactionalId,
    transactionTimeout: 45_000,
  });
  const messages = [{ key: 'key', value, headers: {} }];
  const topicData = [{ topic, partitions: [{ partition: 0, firstSequence: 0, messages }] }];
  await coordinator.produce({ topicData, transactionalId, producerId, producerEpoch });
  await cluster.disconnect();
}

test('a hanging transaction is aborted by the next producer of the shard: its records are never read, and those after it are', async () => {
  await using cluster = await startCluster({
    properties: { 'transaction.partition.verification.enable': 'false' },
  });
  const [input, output] = ['epochlog.input', 'epochlog.output'];
  const log = await openKafkaLog(cluster);
  for (const name of [input, output]) await log.ensureTopics([{ name, partitions: 1 }]);
  await log.append([record(input, 'key', 'cause')]);
  await (await log.consumer('group', [input])).close(); // creates the transactional id of the shard
  await leaveHangingTransaction(cluster.brokers, 'epochlog.group-0', output, 'hanging');
  await log.append([record(output, 'key', 'behind it')]);

  const consumer = await log.consumer('group', [input]);
  expect((await readAll(log, output)).map(textOf)).toEqual(['behind it']);
  const [cause] = await consumer.poll(1, AbortSignal.timeout(10_000));
  await consumer.commit(next(cause!), [record(output, 'key', 'effect')]);
  expect((await readAll(log, output)).map(textOf)).toEqual(['behind it', 'effect']);
  await log.close();
});
