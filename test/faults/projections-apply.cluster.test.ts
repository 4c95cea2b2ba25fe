import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openWarehouse } from '../../cli/adapters/warehouse.ts';
import { applyProjections, prepareProjections } from '../../cli/projections.ts';
import { readConfig } from '../../infra/config/config.ts';
import type { Config } from '../../infra/config/schema.ts';
import { withLock } from '../../infra/warehouse/lock.ts';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { NO_LOGGER } from '../../kernel/logger.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { service as projector } from '../../services/projector/service.ts';
import { type ClickHouseServer, startClickHouseServer } from '../harness/clickhouse-server.ts';
import { mixedEvent, rowsAfter } from '../harness/mixed-events.ts';
import { migrationsOf, projectionsWithout, rowsOf } from '../harness/projections.ts';
import { startServices } from '../harness/services.ts';

let server: ClickHouseServer;
beforeAll(async () => {
  server = await startClickHouseServer();
});
afterAll(() => server[Symbol.asyncDispose]());

let config: Config;
let warehouse: Warehouse;
let databases = 0;
beforeEach(async () => {
  config = readConfig(
    {},
    {
      ...server.environment,
      EPOCHLOG_CLICKHOUSE_DATABASE: `epochlog_apply_${databases++}`,
    },
  );
  warehouse = await open();
  return () => warehouse.close();
});
const open = () => openWarehouse(config, '', NO_LOGGER);

test('services do not start on a server that lacks projections, and say what to do', async () => {
  await using services = await startServices([]);
  const { events } = services;
  await expect(prepareProjections(config, { warehouse, events })).rejects.toMatchObject({
    code: 'WAREHOUSE_MIGRATION',
    message: expect.stringMatching(
      /lacks events\/001_events.sql and \d+ more: run `epochlog projections apply`/,
    ),
  });
  expect(await warehouse.query('SHOW TABLES')).toEqual([]);
  await applyProjections(config, { warehouse, events });
  await prepareProjections(config, { warehouse, events });
});

test('of several that apply the projections at once one does it, and all find them applied', async () => {
  await using services = await startServices([]);
  const { events } = services;
  const applied = await Promise.all(
    [1, 2, 3].map(async () => {
      const own = await open();
      const files = await applyProjections(config, { warehouse: own, events });
      await prepareProjections(config, { warehouse: own, events });
      await own.close();
      return files.length;
    }),
  );
  expect(applied.sort((a, b) => a - b)).toEqual([0, 0, expect.toSatisfy((count: number) => count > 15)]);
});

test('the lock of a process that was killed runs out', async () => {
  await withLock(warehouse, async () => {});
  const row = { number: 2, holder: 'killed', released: false };
  await warehouse.insert(
    'migration_lock',
    [{ ...row, at: new Date(Date.now() - 61_000).toISOString() }],
    '2',
  );
  expect(await withLock(warehouse, async () => 'mine')).toBe('mine');
});

test('a projection is applied while projectors write: they wait, and every event is in it once', async () => {
  await using before = await projectionsWithout('drift');
  await migrate(warehouse, before.path);
  const environment = { EPOCHLOG_PROJECTOR_PAUSE_MS: '0' };
  await using services = await startServices([projector], { warehouse, environment });
  const { log, codec, events } = services;
  let count = 0;
  const append = async () => {
    await log.append(Array.from({ length: 10 }, () => codec.encode(mixedEvent(count++))));
  };
  await append();
  await services.host.settled();
  const applying = applyProjections(config, { warehouse, events });
  const ended = applying.then(() => 'ended');
  for (let load = ''; load !== 'ended'; load = await Promise.race([ended, sleep(200, 'goes on')]))
    await append();
  expect(await applying).toEqual(await migrationsOf('drift'));
  await append();
  await services.host.settled();
  expect(await rowsOf(warehouse)).toEqual(rowsAfter(count));
});
