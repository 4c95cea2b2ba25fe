import { expect, test } from 'vitest';
import { next, readAll, record, textOf } from '../../../test/contract/event-log-kit.ts';
import { startCluster } from '../../../test/harness/cluster/cluster.ts';
import { createClient, openCluster } from './client.ts';
import { openKafkaLog } from './log.ts';

const TRANSACTION = 1; // kind of a coordinator

/** Requests that kafkajs sends and does not declare. */
interface Coordinator {
  initProducerId(request: object): Promise<{ producerId: string; producerEpoch: number }>;
  produce(request: object): Promise<unknown>;
}

const speaksOfTransactions = (broker: object): broker is Coordinator => 'initProducerId' in broker;

/**
 * Writes into a partition in a transaction of which its coordinator knows nothing, as it is after a broker that was
 * killed took a transaction for complete. Brokers that check nothing let it pass.
 */
async function forgottenTransaction(
  brokers: readonly string[],
  transactionalId: string,
  topic: string,
  value: string,
): Promise<void> {
  const cluster = openCluster(createClient({ brokers }), 'committed');
  await cluster.connect();
  await cluster.addMultipleTargetTopics([topic]);
  const asked = { groupId: transactionalId, coordinatorType: TRANSACTION };
  const coordinator: object = await cluster.findGroupCoordinator(asked);
  if (!speaksOfTransactions(coordinator)) throw new Error('this version of kafkajs sends other requests');
  const { producerId, producerEpoch } = await coordinator.initProducerId({
    transactionalId,
    transactionTimeout: 45_000,
  });
  const messages = [{ key: 'key', value, headers: {} }];
  const topicData = [{ topic, partitions: [{ partition: 0, firstSequence: 0, messages }] }];
  await coordinator.produce({ topicData, transactionalId, producerId, producerEpoch });
  await cluster.disconnect();
}

test('a transaction that Kafka has forgotten is ended by who takes the shard: nothing of it is seen, and reading goes on', async () => {
  await using cluster = await startCluster({
    properties: { 'transaction.partition.verification.enable': 'false' },
  });
  const [input, output] = ['epochlog.input', 'epochlog.output'];
  const log = await openKafkaLog(cluster);
  for (const name of [input, output]) await log.ensureTopics([{ name, partitions: 1 }]);
  await log.append([record(input, 'key', 'cause')]);
  await (await log.consumer('group', [input])).close(); // it had the shard, and Kafka is ready for transactions
  await forgottenTransaction(cluster.brokers, 'epochlog.group-0', output, 'forgotten');
  await log.append([record(output, 'key', 'behind it')]);

  const consumer = await log.consumer('group', [input]);
  expect((await readAll(log, output)).map(textOf)).toEqual(['behind it']);
  const [cause] = await consumer.poll(1, AbortSignal.timeout(10_000));
  await consumer.commit(next(cause!), [record(output, 'key', 'effect')]);
  expect((await readAll(log, output)).map(textOf)).toEqual(['behind it', 'effect']);
  await log.close();
});
