import { expect, test } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { collection, outcome } from '../../test/harness/collections.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { startInVirtualTime } from '../../test/harness/services.ts';
import type { Service } from '../service.ts';

/** Takes every event there is, and keeps their topics. */
const witness = (topics: Set<string>): Service => ({
  name: 'projector',
  reactsTo: '*',
  effects: true,
  start: () => ({
    async project(batch) {
      for (const { topic } of batch) topics.add(topic);
    },
  }),
});

test('a service that reacts to all types ignores topics without the prefix', async () => {
  await using folder = await temporaryFolder('others');
  const store = await openStore(readConfig({ home: folder.path }, {}), 'test');
  await store.log.ensureTopics([{ name: 'orders', partitions: 2 }]);
  await store.log.append([
    { topic: 'orders', key: 'order', value: new TextEncoder().encode('no event'), headers: {} },
  ]);
  await store.close();
  const topics = new Set<string>();
  await using services = await startInVirtualTime([witness(topics)], { home: folder.path });
  await services.publish(collection('a'), outcome('1'));
  expect([...topics].sort()).toEqual(['epochlog.collections', 'epochlog.outcomes']);
});
