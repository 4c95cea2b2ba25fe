import { setImmediate as othersTurn } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import type { Event, Happened } from '../../kernel/event.ts';
import type { Position } from '../../kernel/ports/log.ts';
import { mixedEvent, rowsAfter } from '../harness/mixed-events.ts';
import { pausable, type SharedWarehouse, shareWarehouse } from '../harness/projectors.ts';

const HOUR_MS = 3_600_000;

let shared: SharedWarehouse;
beforeEach(async () => {
  shared = await shareWarehouse();
  return () => shared[Symbol.asyncDispose]();
});

/** So many events in the log, of five streams; as a projector polls them. */
async function logged(count: number, first = 0): Promise<Event[]> {
  const events: Happened[] = Array.from({ length: count }, (_, i) => mixedEvent(first + i));
  const places: Position[] = await shared.append(events);
  return shared.at(places);
}

test.each([
  ['in the middle of an insert', 'events'],
  ['before its batch was agreed on', 'projector_claims'],
])(
  'a projector that is held up %s, and comes back when another has taken over, loses and doubles nothing',
  async (_when, table) => {
    const events = await logged(25);
    const door = pausable(shared.warehouse);
    const zombie = await shared.projector(door.warehouse);
    const held = door.pauseAt(table);
    const begun = zombie.projectInTheEnd(events.slice(0, 10));
    await held;

    const successor = await shared.projector();
    await successor.recalled();
    await successor.projectInTheEnd(events.slice(0, 17)); // cut where the zombie's batch was not
    await successor.projectInTheEnd(events.slice(17));
    expect(await shared.rows()).toEqual(rowsAfter(25));

    door.release();
    await begun;
    await zombie.projectInTheEnd(events.slice(10, 20)); // what it had polled besides
    expect(await shared.rows()).toEqual(rowsAfter(25));
  },
);

test.each(['events', 'projector_claims'])(
  'an insert into %s that was held up until ClickHouse has forgotten its token is refused',
  async (table) => {
    for (const name of ['events', 'projector_claims'])
      await shared.warehouse.command(
        `ALTER TABLE ${name} MODIFY SETTING non_replicated_deduplication_window = 3`,
      );
    const events = await logged(30);
    const door = pausable(shared.warehouse);
    const zombie = await shared.projector(door.warehouse);
    const held = door.pauseAt(table);
    const begun = zombie.project(events.slice(0, 10)).catch((error: unknown) => error);
    await held;

    const successor = await shared.projector();
    for (let first = 0; first < 25; first += 5)
      await successor.projectInTheEnd(events.slice(first, first + 5));
    const before = await shared.rows();
    expect(before).toEqual(rowsAfter(25));

    door.release(HOUR_MS);
    expect(await begun).toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE', retriable: true });
    expect(await shared.rows()).toEqual(before);
    await zombie.projectInTheEnd(events.slice(0, 10)); // as the runtime tries it again
    expect(await shared.rows()).toEqual(before);
    await successor.projectInTheEnd(events.slice(25));
    expect(await shared.rows()).toEqual(rowsAfter(30));
  },
);

test('three projectors that write the same events at once, each in batches of its own, write them once', async () => {
  const events = await logged(120);
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
  expect(await shared.rows()).toEqual(rowsAfter(120));
});

test('partitions change hands and come back: what others have written meanwhile is known', async () => {
  const events = await logged(40);
  const [one, other] = [await shared.projector(), await shared.projector()];
  await one.projectInTheEnd(events.slice(0, 11));
  await other.projectInTheEnd(events.slice(11, 23));
  await one.projectInTheEnd(events.slice(23, 31)); // as long as what it knows is fresh to it
  await other.projectInTheEnd(events.slice(20, 40)); // polled again: it was not committed
  expect(await shared.rows()).toEqual(rowsAfter(40));
});

test('the last batch of a partition that falls quiet is completed before ClickHouse forgets it', async () => {
  await shared.warehouse.command(
    'ALTER TABLE events MODIFY SETTING non_replicated_deduplication_window = 105',
  );
  const [quiet] = await logged(1);
  const one = await shared.projector();
  await one.projectInTheEnd([quiet!]);
  const samples = Array.from({ length: 110 }, (_, i) => mixedEvent(1 + 5 * i));
  const busy = await shared.at(await shared.append(samples));
  for (const event of busy) await one.projectInTheEnd([event]);

  const next = await shared.projector(); // started again, it knows nothing
  await next.recalled();
  expect(await shared.rows()).toEqual({ events: 111, papers: 1, samples: 110 });
});
