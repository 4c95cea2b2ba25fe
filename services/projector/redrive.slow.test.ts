import { afterAll, beforeAll, expect, test } from 'vitest';
import { digest } from '../../infra/warehouse/digest.ts';
import { temporaryWarehouse, type WarehouseUnderTest } from '../../infra/warehouse/testing/temporary.ts';
import { redriveRecord } from '../../kernel/dead-letters/record.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { readAll } from '../../test/contract/event-log-kit.ts';
import { failing } from '../../test/harness/faults.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { mixedEvent, rowsAfter } from '../../test/harness/mixed-events.ts';
import { inNewerSchema } from '../../test/harness/newer-schema.ts';
import { emptyProjections, rowsOf } from '../../test/harness/projections.ts';
import { type ServicesUnderTest, startServices } from '../../test/harness/services.ts';
import { service as projector } from './service.ts';

/** Index of the event whose schema is not registered: an outcome. */
const UNDECODABLE = 18;
const COUNT = 30;

let under: WarehouseUnderTest;
let projections: ReturnType<typeof emptyProjections>;
beforeAll(async () => {
  under = await temporaryWarehouse();
  projections = emptyProjections(under.warehouse);
});
afterAll(() => under[Symbol.asyncDispose]());

const project = (home: string, warehouse: Warehouse, restarts = 0) =>
  startServices([projector], {
    home,
    warehouse,
    restarts,
    environment: { EPOCHLOG_PROJECTOR_PAUSE_MS: '0' },
  });

const withoutUndecodable = {
  ...rowsAfter(COUNT),
  events: COUNT - 1,
  outcomes: rowsAfter(COUNT).outcomes! - 1,
};

/** Appends events, one of them with an unregistered schema; returns what registers it. */
async function appendWithUndecodable({ home, log, codec, host }: ServicesUnderTest) {
  const events = Array.from({ length: COUNT }, (_, i) => mixedEvent(i));
  const newer = await inNewerSchema(home, { codec, schemas: loadSchemas(), event: events[UNDECODABLE]! });
  await log.append(events.map((event, i) => (i === UNDECODABLE ? newer.record : codec.encode(event))));
  await host.settled();
  return newer;
}

async function retry({ log, host }: ServicesUnderTest): Promise<void> {
  const [deadLetter] = await readAll(log, 'epochlog.outcomes.dlq');
  await log.append([redriveRecord(deadLetter!), redriveRecord(deadLetter!)]);
  await host.settled();
}

/** Digests of the projections when they are rebuilt from the log. */
async function rebuilt(home: string) {
  await using warehouse = await projections();
  await using services = await project(home, warehouse);
  await services.host.settled();
  return await digest(warehouse);
}

test('a redriven event that was undecodable is in all projections once', async () => {
  await using folder = await temporaryFolder('again');
  await using warehouse = await projections();
  {
    await using services = await project(folder.path, warehouse);
    const newer = await appendWithUndecodable(services);
    expect(await rowsOf(warehouse)).toEqual(withoutUndecodable);
    await newer.register();
    await retry(services);
    expect(await rowsOf(warehouse)).toEqual(rowsAfter(COUNT));
    await services.log.append([mixedEvent(COUNT)].map(services.codec.encode));
    await services.host.settled();
  }
  {
    await using services = await project(folder.path, warehouse);
    await services.host.settled();
    expect(await rowsOf(warehouse)).toEqual(rowsAfter(COUNT + 1));
  }
  expect(await digest(warehouse)).toEqual(await rebuilt(folder.path));
});

test('an event that a rebuilt warehouse contains is not written again when it is redriven', async () => {
  await using folder = await temporaryFolder('again');
  {
    await using warehouse = await projections();
    await using services = await project(folder.path, warehouse);
    await (await appendWithUndecodable(services)).register();
  }
  await using warehouse = await projections();
  await using services = await project(folder.path, warehouse);
  expect(await rowsOf(warehouse)).toEqual(rowsAfter(COUNT));
  await retry(services);
  expect(await rowsOf(warehouse)).toEqual(rowsAfter(COUNT));
});

/** A moment of an insert. */
type Moment = `${'before' | 'after'} ${'stream_outcomes' | 'events'}`;

/** The moments of a crash, in the order in which a batch passes them. */
const MOMENTS: readonly (readonly [string, Moment])[] = [
  ['before a row is written', 'before stream_outcomes'],
  ['when one of its views lacks it', 'after stream_outcomes'],
  ['when it is in its views and not in `events`', 'before events'],
  ['when it is written and its offset not committed', 'after events'],
];

/** A warehouse with a fault before or after its inserts of events. */
function breaking(warehouse: Warehouse, fault: (moment: Moment, rows: number) => Promise<void>) {
  const { insertBinary } = boundTo(warehouse);
  const broken: Warehouse = {
    ...boundTo(warehouse),
    async insertBinary(table, columns, rows, ...others) {
      if (table !== 'events' && table !== 'stream_outcomes')
        return insertBinary(table, columns, rows, ...others);
      await fault(`before ${table}`, rows.ends.length);
      await insertBinary(table, columns, rows, ...others);
      await fault(`after ${table}`, rows.ends.length);
    },
  };
  return broken;
}

/** As if the insert of an event had missed this view: without the row, and without its deduplication token. */
async function missesInOutcomes(warehouse: Warehouse, event: string): Promise<void> {
  await warehouse.command(
    'CREATE TABLE others ENGINE = MergeTree ORDER BY event_id AS SELECT * FROM outcomes WHERE event_id != {event:String}',
    { event },
  );
  await warehouse.command('TRUNCATE TABLE outcomes');
  await warehouse.command('INSERT INTO outcomes SELECT * FROM others');
  await warehouse.command('DROP TABLE others SYNC');
}

test.each(MOMENTS)('after a crash %s the redriven event is in all projections once', async (_, moment) => {
  await using folder = await temporaryFolder('again');
  await using warehouse = await projections();
  const crash = failing(1, new Error('killed here'));
  const broken = breaking(warehouse, async (at, rows) => {
    if (rows !== 1 || at !== moment) return;
    try {
      crash();
    } catch (error) {
      if (moment === 'after stream_outcomes') await missesInOutcomes(warehouse, mixedEvent(UNDECODABLE).id);
      throw error;
    }
  });
  await using services = await project(folder.path, broken, 1);
  await (await appendWithUndecodable(services)).register();
  await retry(services);
  expect(services.host.status()).toMatchObject([{ lastError: 'killed here' }]);
  expect(await rowsOf(warehouse)).toEqual(rowsAfter(COUNT));
});

let wanted: Awaited<ReturnType<typeof rebuilt>> | undefined;

test.each(MOMENTS)(
  'a batch interrupted %s is completed unchanged, although its skipped event has become decodable',
  async (_, moment) => {
    await using folder = await temporaryFolder('again');
    await using warehouse = await projections();
    let register: (() => Promise<void>) | undefined;
    const crash = failing(1, new Error('killed here'));
    const broken = breaking(warehouse, async (at) => {
      if (at !== moment) return;
      try {
        crash();
      } catch (error) {
        if (moment === 'after stream_outcomes') await warehouse.command('TRUNCATE TABLE outcomes');
        await register?.();
        throw error;
      }
    });
    await using services = await project(folder.path, broken, 1);
    const events = Array.from({ length: COUNT }, (_, i) => mixedEvent(i));
    const newer = await inNewerSchema(folder.path, {
      codec: services.codec,
      schemas: loadSchemas(),
      event: events[UNDECODABLE]!,
    });
    register = newer.register;
    await services.log.append(
      events.map((event, i) => (i === UNDECODABLE ? newer.record : services.codec.encode(event))),
    );
    await services.host.settled();
    expect(services.host.status()).toMatchObject([{ lastError: 'killed here' }]);
    expect(await readAll(services.log, 'epochlog.outcomes.dlq')).toEqual([]);
    expect(await rowsOf(warehouse)).toEqual(rowsAfter(COUNT));
    wanted ??= await rebuilt(folder.path); // the log is the same each time
    expect(await digest(warehouse)).toEqual(wanted);
  },
);

const boundTo = (warehouse: Warehouse): Warehouse => ({
  database: warehouse.database,
  query: (...args) => warehouse.query(...args),
  answer: (...args) => warehouse.answer(...args),
  insert: (...args) => warehouse.insert(...args),
  insertBinary: (...args) => warehouse.insertBinary(...args),
  command: (...args) => warehouse.command(...args),
  waitFor: (...args) => warehouse.waitFor(...args),
  scratch: (...args) => warehouse.scratch(...args),
  ping: () => warehouse.ping(),
  close: () => warehouse.close(),
});
