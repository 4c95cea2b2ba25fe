import { setImmediate as othersTurn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { temporaryWarehouse, type WarehouseUnderTest } from '../../infra/warehouse/testing/temporary.ts';
import type { Position } from '../../kernel/ports/log.ts';
import type { LoggedEvent, RecordedEvent } from '../../schemas/catalogue.ts';
import { mixedEvent, rowsAfter } from '../harness/mixed-events.ts';
import { emptyProjections } from '../harness/projections.ts';
import { pausable, type SharedWarehouse, shareWarehouse } from '../harness/projectors.ts';

const HOUR_MS = 3_600_000;

let under: WarehouseUnderTest;
let projections: ReturnType<typeof emptyProjections>;
let shared: SharedWarehouse;
beforeAll(async () => {
  under = await temporaryWarehouse();
  projections = emptyProjections(under.warehouse);
});
afterAll(() => under[Symbol.asyncDispose]());
beforeEach(async () => {
  shared = await shareWarehouse(await projections());
  return () => shared[Symbol.asyncDispose]();
});

/** Until the test has finished, ClickHouse remembers so many tokens of a table. */
async function remembers(tokens: number, table: string): Promise<void> {
  const { warehouse } = shared;
  const change = (count: number) =>
    warehouse.command(`ALTER TABLE ${table} MODIFY SETTING non_replicated_deduplication_window = ${count}`);
  await change(tokens);
  onTestFinished(() => change(1_000));
}

/** Appends events of five streams, and returns them as a projector polls them. */
async function logged(count: number, first = 0): Promise<LoggedEvent[]> {
  const events: RecordedEvent[] = Array.from({ length: count }, (_, i) => mixedEvent(first + i));
  const places: Position[] = await shared.append(events);
  return shared.at(places);
}

test.each([
  ['during the first insert of a batch', 'stream_outcomes'],
  ['during the last insert of a batch', 'events'],
  ['before it reserves a batch', 'projector_reservations'],
])(
  'a projector that is paused %s and resumes after another took over loses and duplicates nothing',
  async (_when, table) => {
    const events = await logged(25);
    const proxy = pausable(shared.warehouse);
    const zombie = await shared.projector(proxy.warehouse);
    const held = proxy.pauseAt(table);
    const begun = zombie.projectInTheEnd(events.slice(0, 10));
    await held;

    const successor = await shared.projector();
    await successor.restored();
    await successor.projectInTheEnd(events.slice(0, 17)); // with other boundaries than the zombie's batch
    await successor.projectInTheEnd(events.slice(17));
    expect(await shared.rows()).toEqual(rowsAfter(25));

    proxy.release();
    await begun;
    await zombie.projectInTheEnd(events.slice(10, 20)); // polled before the pause
    expect(await shared.rows()).toEqual(rowsAfter(25));
  },
);

test.each(['events', 'projector_reservations'])(
  'an insert into %s that is paused until ClickHouse has dropped its deduplication token is refused',
  async (table) => {
    for (const name of ['events', 'projector_reservations']) await remembers(3, name);
    const events = await logged(30);
    const proxy = pausable(shared.warehouse);
    const zombie = await shared.projector(proxy.warehouse);
    const held = proxy.pauseAt(table);
    const begun = zombie.project(events.slice(0, 10)).catch((error: unknown) => error);
    await held;

    const successor = await shared.projector();
    for (let first = 0; first < 25; first += 5)
      await successor.projectInTheEnd(events.slice(first, first + 5));
    const before = await shared.rows();
    expect(before).toEqual(rowsAfter(25));

    proxy.release(HOUR_MS);
    expect(await begun).toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE', retriable: true });
    expect(await shared.rows()).toEqual(before);
    await zombie.projectInTheEnd(events.slice(0, 10)); // as the runtime retries
    expect(await shared.rows()).toEqual(before);
    await successor.projectInTheEnd(events.slice(25));
    expect(await shared.rows()).toEqual(rowsAfter(30));
  },
);

test('three projectors that write the same events concurrently, in different batches, write them once', async () => {
  const events = await logged(60);
  await Promise.all(
    [1, 2, 3].map(async (seed) => {
      const { projectInTheEnd } = await shared.projector();
      for (let first = 0; first < events.length; ) {
        const size = 1 + ((first * 7 + seed * 5) % 13);
        await projectInTheEnd(events.slice(first, first + size));
        first += size;
        await othersTurn();
      }
    }),
  );
  expect(await shared.rows()).toEqual(rowsAfter(60));
});

test('a projector whose partitions were reassigned and come back sees what others have written', async () => {
  const events = await logged(40);
  const [one, other] = [await shared.projector(), await shared.projector()];
  await one.projectInTheEnd(events.slice(0, 11));
  await other.projectInTheEnd(events.slice(11, 23));
  await one.projectInTheEnd(events.slice(23, 31)); // within its lease
  await other.projectInTheEnd(events.slice(20, 40)); // polled again: it was not committed
  expect(await shared.rows()).toEqual(rowsAfter(40));
});

test('the last batch of an idle partition is completed before ClickHouse drops its token', async () => {
  await remembers(105, 'events');
  const [quiet] = await logged(1);
  const one = await shared.projector();
  await one.projectInTheEnd([quiet!]);
  const samples = Array.from({ length: 110 }, (_, i) => mixedEvent(1 + 5 * i));
  const busy = await shared.at(await shared.append(samples));
  for (const event of busy) await one.projectInTheEnd([event]);

  const next = await shared.projector(); // a new process without state
  await next.restored();
  expect(await shared.rows()).toEqual({ events: 111, records: 1, samples: 110 });
});
