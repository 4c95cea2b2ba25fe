import { expect, test } from 'vitest';
import { openEmbeddedLog } from '../../infra/log/embedded/log.ts';
import { withFaults } from '../../test/harness/faults.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import type { EventLog } from '../ports/log.ts';
import { serviceKinds } from '../service.ts';
import { ORDERS, type OrderEvent } from '../testing/orders.ts';
import { topicOf } from '../topics.ts';
import { LagCheck, lagOf } from './lag.ts';

const topic = topicOf('orders');
const service = serviceKinds<OrderEvent>().deciderService({
  name: 'warehouse',
  reactsTo: ['OrderPlaced'],
  stateFrom: [],
  decider: () => ({ initialState: () => null, evolve: (state) => state, decide: () => [] }),
});

test('an offset committed behind the end offset is LOG_CORRUPT', async () => {
  await using folder = await temporaryFolder('lag');
  const log = await openEmbeddedLog({ path: folder.path });
  await log.ensureTopics([topic, `${topic}.dlq`].map((name) => ({ name, partitions: 1 })));
  expect(await lagOf([service], log, ORDERS)).toEqual(new Map([['warehouse', 0]]));
  const ahead: EventLog = {
    ...withFaults(log, {}),
    committed: async () => [{ topic, partition: 0, offset: 7 }],
  };
  await expect(lagOf([service], ahead, ORDERS)).rejects.toMatchObject({
    code: 'LOG_CORRUPT',
    message: expect.stringContaining(
      `offset 7 of ${topic}/0 has been committed, and the partition ends at 0`,
    ),
  });
  await log.close();
});

test('while a service has lag, only its offsets are read', async () => {
  await using folder = await temporaryFolder('lag');
  const log = await openEmbeddedLog({ path: folder.path });
  await log.ensureTopics([topic, `${topic}.dlq`].map((name) => ({ name, partitions: 1 })));
  await log.append([{ topic, key: 'k', value: Buffer.from('v'), headers: {} }]);
  const offsets = new Map([
    ['warehouse', 0],
    ['office', 1],
  ]);
  const asked: string[] = [];
  const committing: EventLog = {
    ...withFaults(log, {}),
    committed: async (group) => {
      asked.push(group);
      return [{ topic, partition: 0, offset: offsets.get(group)! }];
    },
  };
  const check = new LagCheck();
  const isNone = () => check.isNone([service, { ...service, name: 'office' }], committing, ORDERS);
  expect([await isNone(), await isNone()]).toEqual([false, false]);
  expect(asked.splice(0)).toEqual(['warehouse', 'office', 'warehouse']);
  offsets.set('warehouse', 1).set('office', 0);
  expect(await isNone()).toBe(false);
  offsets.set('office', 1);
  expect(await isNone()).toBe(true);
  await log.close();
});
