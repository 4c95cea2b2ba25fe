import { expect, test } from 'vitest';
import { readAll, record, textOf } from '../../../test/contract/event-log-kit.ts';
import { startCluster } from '../../../test/harness/cluster/cluster.ts';
import { openKafkaLog } from './log.ts';

const APPENDS = 30;
const RECORDS = 100;

test('appends to several brokers are in the log once, also when a request to one of them is retried', async () => {
  await using cluster = await startCluster({ brokers: 3 });
  const log = await openKafkaLog({ brokers: cluster.brokers });
  // no time passes between appends: Kafka still completes the transaction before when the next begins
  for (const topic of ['one', 'two', 'three']) {
    await log.ensureTopics([{ name: topic, partitions: 3 }]);
    const expected: string[] = [];
    for (let i = 0; i < APPENDS; i++) {
      const values = Array.from({ length: RECORDS }, (_, j) => `${i}/${j}`);
      await log.append(values.map((value, j) => record(topic, `key-${j}`, value)));
      expected.push(...values);
    }
    expect((await readAll(log, topic)).map(textOf).toSorted()).toEqual(expected.toSorted());
  }
  await log.close();
});
