import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { temporaryWarehouse, type WarehouseUnderTest } from '../../infra/warehouse/testing/temporary.ts';
import { createCodec, decodable } from '../../kernel/codec.ts';
import { rowOf } from '../../kernel/event-row.ts';
import type { Position } from '../../kernel/ports/log.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { fill, inOrder, moveAll, newWorld, type World } from '../../test/harness/migration.ts';
import { type ComparedProjections, compareProjections } from './projections.ts';
import { Snapshot } from './source-log.ts';
import type { Walk } from './walk.ts';

let live: WarehouseUnderTest;
beforeAll(async () => {
  live = await temporaryWarehouse();
  await migrate(live.warehouse, PROJECTIONS);
});
afterAll(() => live[Symbol.asyncDispose]());

interface Moved extends World {
  snapshot: Snapshot;
  walk: Walk;
}

/** A life that was moved, whose projections are at work; the projector has come to some positions. */
async function movedLife(projected: (ends: readonly Position[]) => Position[]): Promise<Moved> {
  const world = await newWorld();
  await fill(world.source);
  const walk = await moveAll(world);
  const snapshot = await Snapshot.of(world.source);
  const projector = await world.source.consumer('projector', snapshot.topics);
  await projector.commit(projected(snapshot.ends), []);
  const codec = await createCodec(world.source.registry, loadSchemas());
  const events = await Promise.all((await inOrder(world.source)).map((found) => decodable(found, codec)));
  await live.warehouse.command('TRUNCATE ALL TABLES FROM epochlog_test');
  const rows = events.filter((event) => event !== undefined).map(rowOf);
  await live.warehouse.insert('events', rows, `${Math.random()}`);
  return { ...world, snapshot, walk };
}

async function compared(
  { target, snapshot, walk }: Moved,
  upTo = walk.endOffsets(),
): Promise<ComparedProjections> {
  const codec = await createCodec(target.registry, loadSchemas());
  return compareProjections({ snapshot, warehouse: live.warehouse, target: { log: target, codec }, upTo });
}

const differing = ({ tables }: ComparedProjections) =>
  tables.filter(({ equal }) => !equal).map(({ table }) => table);

describe('the projections of a log that was moved', () => {
  test('are those at work, but for the places of the events', async () => {
    const projections = await compared(await movedLife((ends) => [...ends]));
    expect(projections).toMatchObject({ with: 'live', why: null, without: ['partition', 'offset'] });
    expect(differing(projections)).toEqual([]);
    const filled = projections.tables.filter(({ rows }) => rows > 0).map(({ table }) => table);
    expect(filled).toEqual(expect.arrayContaining(['events', 'outcomes', 'run_steps']));
    expect(projections.tables.length).toBeGreaterThan(15);
  });

  test('are compared with others when those at work lack events', async () => {
    const projections = await compared(
      await movedLife((ends) => ends.map((end) => ({ ...end, offset: end.offset - 1 }))),
    );
    expect(projections).toMatchObject({ with: 'rebuilt', why: expect.stringMatching(/lack \d+ events/) });
    expect(differing(projections)).toEqual([]);
  });

  test('are compared with others when those at work are wrong', async () => {
    const life = await movedLife((ends) => [...ends]);
    await live.warehouse.command('TRUNCATE TABLE epochs');
    const projections = await compared(life);
    expect(projections).toMatchObject({
      with: 'rebuilt',
      why: expect.stringMatching(/not what the embedded/),
    });
    expect(differing(projections)).toEqual([]);
  });

  test('differ when an event is missing', async () => {
    const life = await movedLife((ends) => [...ends]);
    const upTo = life.walk
      .endOffsets()
      .map((end) => (end.topic === 'epochlog.outcomes' ? { ...end, offset: end.offset - 1 } : end));
    const projections = await compared(life, upTo);
    expect(projections.with).toBe('rebuilt');
    expect(differing(projections).sort()).toEqual(['events', 'outcomes']);
  });
});
