import { afterAll, beforeAll, expect, test } from 'vitest';
import { digest } from '../../infra/warehouse/digest.ts';
import { namedQueries } from '../../infra/warehouse/named.ts';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { temporaryWarehouse, type WarehouseUnderTest } from '../../infra/warehouse/testing/temporary.ts';
import { SYSTEM_CLOCK } from '../../kernel/clock.ts';
import { topicOf } from '../../kernel/topics.ts';
import { ALL_STREAMS } from '../../schemas/catalogue.ts';
import { service as projector } from '../../services/projector/service.ts';
import { projectedUpTo, suspendProjectors } from '../../services/projector/suspend.ts';
import { mixedEvent, rowsAfter } from '../../test/harness/mixed-events.ts';
import { emptyProjections, rowsOf } from '../../test/harness/projections.ts';
import { startServices } from '../../test/harness/services.ts';
import { rebuiltDigests } from '../verify/rebuild.ts';
import { rebuildProjections } from './rebuild.ts';

let under: WarehouseUnderTest;
beforeAll(async () => {
  under = await temporaryWarehouse();
});
afterAll(() => under[Symbol.asyncDispose]());

test('damaged projections are replaced by their rebuild from the log, while events arrive', async () => {
  await using warehouse = await emptyProjections(under.warehouse)();
  await using services = await startServices([projector], { warehouse });
  const { signal } = new AbortController();
  let count = 0;
  const append = async (events: number) => {
    const records = Array.from({ length: events }, () => services.codec.encode(mixedEvent(count++)));
    await warehouse.waitFor(await services.log.append(records), signal);
  };
  await append(100);
  await warehouse.command('INSERT INTO outcomes SELECT * FROM outcomes LIMIT 1');
  await warehouse.command('INSERT INTO predictions SELECT * FROM predictions LIMIT 1'); // split by month
  await warehouse.command(
    'INSERT INTO predictions SELECT * REPLACE (served_at - INTERVAL 90 DAY AS served_at) FROM predictions LIMIT 1',
  );
  await warehouse.command('TRUNCATE TABLE drift');

  const clock = { ...SYSTEM_CLOCK, sleep: async () => {} }; // no other process has a lease that must end
  const context = {
    ...services,
    warehouse,
    query: await namedQueries(warehouse, PROJECTIONS),
    clock,
    signal,
  };
  const steps: string[] = [];
  const tables = await rebuildProjections({
    ...context,
    async projected() {
      const positions = await projectedUpTo(context);
      if (steps.length === 1) await append(10); // behind the positions that it is to catch up with
      return positions;
    },
    suspend: () => suspendProjectors(context),
    onStep: (step) => steps.push(step),
  });
  const replaced = tables.filter((table) => table.replaced).map(({ table }) => table);
  expect(replaced).toEqual(['drift', 'outcomes', 'predictions']);
  expect(tables.find(({ table }) => table === 'events')).toMatchObject({ rows: count, equal: true });

  await append(20);
  expect(await rowsOf(warehouse)).toEqual(rowsAfter(count));
  const upTo = await services.log.endOffsets(ALL_STREAMS.map(topicOf));
  expect(await digest(warehouse)).toEqual(await rebuiltDigests(services, upTo, warehouse));
});
