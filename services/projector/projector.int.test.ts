import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digest } from '../../infra/warehouse/digest.ts';
import { temporaryWarehouse, type WarehouseUnderTest } from '../../infra/warehouse/testing/temporary.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { failing } from '../../test/harness/faults.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { killed } from '../../test/harness/killed.ts';
import { mixedEvent, rowsAfter } from '../../test/harness/mixed-events.ts';
import { emptyProjections, rowsOf } from '../../test/harness/projections.ts';
import { startServices } from '../../test/harness/services.ts';
import { smallScenario } from '../../test/harness/small-scenario.ts';
import { service as projector } from './service.ts';

let under: WarehouseUnderTest;
let projections: ReturnType<typeof emptyProjections>;
beforeAll(async () => {
  under = await temporaryWarehouse();
  projections = emptyProjections(under.warehouse);
});
afterAll(() => under[Symbol.asyncDispose]());

const project = (warehouse: Warehouse) =>
  startServices([projector], { warehouse, environment: { EPOCHLOG_PROJECTOR_PAUSE_MS: '0' } });

test('every event is in `events` as it is in the log', async () => {
  await using warehouse = await projections();
  await using services = await project(warehouse);
  const scenario = smallScenario();
  await services.log.append(scenario.map(services.codec.encode));
  await services.host.settled();
  const rows = await warehouse.query<Record<string, unknown>>(
    'SELECT id, type, stream, subject, source, time, sequence, correlation_id, causation_id, data FROM events ORDER BY time',
  );
  expect(rows.map(({ data, ...row }) => ({ ...row, data: JSON.parse(String(data)) }))).toEqual(
    scenario.map((event) => ({
      id: event.id,
      type: event.type,
      subject: event.subject,
      source: event.source,
      sequence: event.sequence,
      stream: expect.any(String),
      time: new Date(event.time).toISOString(),
      correlation_id: event.correlationId,
      causation_id: event.causationId ?? '',
      data: event.data,
    })),
  );
});

test('an emptied warehouse is rebuilt from the log', async () => {
  await using folder = await temporaryFolder('emptied');
  const scenario = smallScenario();
  await using before = await projections();
  {
    await using services = await startServices([projector], { warehouse: before, home: folder.path });
    await services.log.append(scenario.map(services.codec.encode));
    await services.host.settled();
  }
  await using after = await projections();
  await using services = await startServices([projector], { warehouse: after, home: folder.path });
  await services.host.settled();
  expect(await digest(after)).toEqual(await digest(before));
});

test('the projections do not depend on the batches', async () => {
  const events = Array.from({ length: 1_220 }, (_, i) => mixedEvent(i));
  const digests = [];
  for (const sizes of [[1_220], [605, 10, 605]]) {
    await using warehouse = await projections();
    await using services = await project(warehouse);
    let start = 0;
    for (const size of sizes) {
      await services.log.append(events.slice(start, start + size).map(services.codec.encode));
      await services.host.settled();
      start += size;
    }
    expect(await rowsOf(warehouse)).toEqual(rowsAfter(events.length));
    digests.push(await digest(warehouse));
  }
  expect(digests[1]).toEqual(digests[0]);
});

test('a batch that is in its views but not in `events` is completed unchanged, although the next poll returns more', async () => {
  await using folder = await temporaryFolder('completed');
  await using warehouse = await projections();
  const papers = [0, 5, 10, 15].map(mixedEvent);
  {
    const faults = { beforeCommit: failing(Infinity, new Error('it crashes before it commits')) };
    await using services = await startServices([projector], { warehouse, home: folder.path, faults });
    await services.log.append(papers.slice(0, 2).map(services.codec.encode));
    await eventually(async () => services.host.failed.aborted || undefined);
    expect(await rowsOf(warehouse)).toEqual({ events: 2, records: 2 });
    await services.log.append(papers.slice(2).map(services.codec.encode));
  }
  await warehouse.command('TRUNCATE TABLE events');
  await using services = await startServices([projector], { warehouse, home: folder.path });
  await services.host.settled();
  expect(await rowsOf(warehouse)).toEqual({ events: 4, records: 4 });
});

test('projections of another log are refused', async () => {
  await using warehouse = await projections();
  {
    await using services = await project(warehouse);
    await services.log.append([mixedEvent(0)].map(services.codec.encode));
    await services.host.settled();
  }
  await expect(project(warehouse)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(/reach epochlog\.records\/0@0, the log does not/),
  });
});

test('kills of the engine during inserts lose and duplicate nothing', async () => {
  const kills = 2;
  await using warehouse = await projections();
  await using services = await project(warehouse);
  let count = 0;
  let dead = 0;
  const behind = async () => (await services.host.lag()).get('projector') ?? 0;
  while (dead < kills) {
    const batch = Array.from({ length: 1 + Math.floor(Math.random() * 80) }, () => mixedEvent(count++));
    await services.log.append(batch.map(services.codec.encode));
    if (Math.random() < 0.3) {
      await sleep(Math.random() * 80); // anywhere within an insert
      if (under.engine.pid !== undefined && killed(under.engine.pid)) dead += 1; // else between two engines
    }
    await eventually(async () => ((await behind()) < 60 ? true : undefined));
  }
  await services.host.settled();
  // the last kill may have come after the last insert, and then only this waits for the next engine
  await eventually(() =>
    warehouse.ping().then(
      () => true,
      () => undefined,
    ),
  );
  expect(services.host.status()).toMatchObject([{ crashes: 0 }]);
  expect(await rowsOf(warehouse)).toEqual(rowsAfter(count));
});
