import { expect, test } from 'vitest';
import { batchesFor } from '../../test/harness/batches.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { openOrders, startInVirtualTime } from '../../test/harness/orders.ts';
import { order, restock } from '../testing/orders.ts';
import type { Service } from '../testing/warehouse.ts';
import { topologyOf } from './topology.ts';

/** Takes every event there is, and keeps their topics. */
const witness = (topics: Set<string>): Service => ({
  name: 'projector',
  reactsTo: '*',
  effects: true,
  start: () => ({
    batch: batchesFor(async (events) => {
      for (const { topic } of events) topics.add(topic);
    }),
  }),
});

test('a service that reacts to all types ignores topics without the prefix', async () => {
  await using folder = await temporaryFolder('others');
  const store = await openOrders(folder.path);
  await store.log.ensureTopics([{ name: 'others', partitions: 2 }]);
  await store.log.append([
    { topic: 'others', key: 'other', value: new TextEncoder().encode('no event'), headers: {} },
  ]);
  await store.close();
  const topics = new Set<string>();
  await using services = await startInVirtualTime([witness(topics)], { home: folder.path });
  await services.publish(order('a'), restock('1'));
  expect([...topics].sort()).toEqual(['epochlog.orders', 'epochlog.stocks']);
});

test('a service reads the streams that it owns to continue their versions; one that holds only requests has none', async () => {
  await using folder = await temporaryFolder('owned');
  const store = await openOrders(folder.path);
  const { catalogue } = store.codec;
  const requestsOnly: typeof catalogue = { ...catalogue, isFact: () => false };
  const service: Service = { name: 'warehouse', reactsTo: [], effects: false, start: () => ({}) };
  expect((await topologyOf(service, store.log, catalogue)).owned).toEqual(['epochlog.orders']);
  expect((await topologyOf(service, store.log, requestsOnly)).owned).toEqual([]);
  await store.close();
});
