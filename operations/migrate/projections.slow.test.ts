import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digest } from '../../infra/warehouse/digest.ts';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { temporaryWarehouse, type WarehouseUnderTest } from '../../infra/warehouse/testing/temporary.ts';
import { decodable } from '../../kernel/codec.ts';
import type { Position } from '../../kernel/ports/log.ts';
import { EventRows, readStreamTables } from '../../kernel/rows/events.ts';
import { openCodec } from '../../schemas/codec.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { copyAll, fill, inOrder, type LogPair, newLogs } from '../../test/harness/migration.ts';
import type { LogCopy } from './copy.ts';
import { type ComparedProjections, compareProjections } from './projections.ts';
import { SourceLog } from './source-log.ts';

let live: WarehouseUnderTest;
beforeAll(async () => {
  live = await temporaryWarehouse();
  await migrate(live.warehouse, PROJECTIONS);
});
afterAll(() => live[Symbol.asyncDispose]());

interface Copied extends LogPair {
  from: SourceLog;
  copy: LogCopy;
}

/** A copied log whose source has live projections; the projector has committed the given offsets. */
async function copiedLog(projected: (ends: readonly Position[]) => Position[]): Promise<Copied> {
  const logs = await newLogs();
  await fill(logs.source);
  const copy = await copyAll(logs);
  const source = await SourceLog.of(logs.source);
  const projector = await logs.source.consumer('projector', source.topics);
  await projector.commit(projected(source.ends), []);
  const codec = await openCodec(logs.source.registry);
  const events = await Promise.all((await inOrder(logs.source)).map((found) => decodable(found, codec)));
  for (const { table, rows } of await digest(live.warehouse))
    if (rows > 0) await live.warehouse.command(`TRUNCATE TABLE ${table}`);
  const rows = new EventRows(await readStreamTables(live.warehouse, loadSchemas()));
  for (const event of events.flatMap((found) => found ?? [])) rows.add(event);
  await rows.insert(live.warehouse, `${Math.random()}`);
  return { ...logs, from: source, copy };
}

async function compared(
  { target, from, copy }: Copied,
  upTo = copy.endOffsets(),
): Promise<ComparedProjections> {
  const codec = await openCodec(target.registry);
  return compareProjections({
    source: from,
    warehouse: live.warehouse,
    target: { log: target, codec },
    upTo,
  });
}

const differing = ({ tables }: ComparedProjections) =>
  tables.filter(({ equal }) => !equal).map(({ table }) => table);

describe('the projections of a copied log', () => {
  test('equal the live ones, except for partition and offset', async () => {
    const projections = await compared(await copiedLog((ends) => [...ends]));
    expect(projections).toMatchObject({ with: 'live', why: null, without: ['partition', 'offset'] });
    expect(differing(projections)).toEqual([]);
    const filled = projections.tables.filter(({ rows }) => rows > 0).map(({ table }) => table);
    expect(filled).toEqual(expect.arrayContaining(['events', 'outcomes', 'run_steps']));
    expect(projections.tables.length).toBeGreaterThan(15);
  });

  test('are compared with a rebuild when the live ones lack events', async () => {
    const projections = await compared(
      await copiedLog((ends) => ends.map((end) => ({ ...end, offset: end.offset - 1 }))),
    );
    expect(projections).toMatchObject({ with: 'rebuilt', why: expect.stringMatching(/lack \d+ events/) });
    expect(differing(projections)).toEqual([]);
  });

  test('are compared with a rebuild when the live ones are wrong', async () => {
    const copied = await copiedLog((ends) => [...ends]);
    await live.warehouse.command('TRUNCATE TABLE epochs');
    const projections = await compared(copied);
    expect(projections).toMatchObject({
      with: 'rebuilt',
      why: expect.stringMatching(/differ from the embedded/),
    });
    expect(differing(projections)).toEqual([]);
  });

  test('differ when an event is missing', async () => {
    const copied = await copiedLog((ends) => [...ends]);
    const upTo = copied.copy
      .endOffsets()
      .map((end) => (end.topic === 'epochlog.outcomes' ? { ...end, offset: end.offset - 1 } : end));
    const projections = await compared(copied, upTo);
    expect(projections.with).toBe('rebuilt');
    expect(differing(projections).sort()).toEqual(['events', 'outcomes']);
  });
});
