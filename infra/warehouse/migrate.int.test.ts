import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { digest } from './digest.ts';
import { migrate } from './migrate.ts';
import {
  eventRow,
  type Folder,
  temporaryFolder,
  temporaryWarehouse,
  type WarehouseUnderTest,
} from './testing/temporary.ts';

const EVENTS = `
-- Every event; a comment may end so;
CREATE TABLE events
(
    topic String, partition UInt16, offset UInt64, id String, type LowCardinality(String), stream String,
    subject String, source String, time DateTime64(3, 'UTC'), sequence UInt64,
    correlation_id String, causation_id String, data String
)
ENGINE = MergeTree ORDER BY (topic, partition, offset)
SETTINGS non_replicated_deduplication_window = 1000;
`;

const LOSSES = `
CREATE TABLE losses (run String, epochs SimpleAggregateFunction(sum, UInt64), loss SimpleAggregateFunction(sum, Float64))
ENGINE = AggregatingMergeTree ORDER BY run
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW losses_from_events TO losses AS
SELECT sum(JSONExtractFloat(data, 'loss')) AS loss, count() AS epochs, subject AS run
FROM events WHERE type = 'EpochCompleted' GROUP BY run;
`;

/** Rows of so many events, every second of them an epoch. */
const events = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) =>
    eventRow(from + i, i % 2 === from % 2 ? 'EpochCompleted' : 'Other', { loss: (from + i) / 10 }),
  );

let under: WarehouseUnderTest;
beforeAll(async () => {
  under = await temporaryWarehouse();
});
afterAll(() => under[Symbol.asyncDispose]());

let warehouse: Warehouse;
let folder: Folder;
beforeEach(async () => {
  warehouse = await under.warehouse.scratch('epochlog_migrate');
  folder = await temporaryFolder({ 'events/001_events.sql': EVENTS });
  return async () => {
    await warehouse.close();
    await folder[Symbol.asyncDispose]();
  };
});

const losses = () =>
  warehouse.query<{ run: string; epochs: number; loss: number }>(
    'SELECT run, epochs, round(loss, 6) AS loss FROM losses FINAL ORDER BY run',
  );
const directly = () =>
  warehouse.query(
    `SELECT subject AS run, count() AS epochs, round(sum(JSONExtractFloat(data, 'loss')), 6) AS loss
     FROM events WHERE type = 'EpochCompleted' GROUP BY run ORDER BY run`,
  );

describe('migrations', () => {
  test('are applied once, events first, then by folder and number', async () => {
    await folder.write('audit/002_second.sql', 'ALTER TABLE audit ADD COLUMN IF NOT EXISTS b String;');
    await folder.write('audit/001_first.sql', 'CREATE TABLE audit (a String) ENGINE = MergeTree ORDER BY a;');
    await folder.write('audit/queries/all.sql', 'SELECT * FROM audit');
    expect(await migrate(warehouse, folder.path)).toEqual([
      'events/001_events.sql',
      'audit/001_first.sql',
      'audit/002_second.sql',
    ]);
    expect(await migrate(warehouse, folder.path)).toEqual([]);
    await folder.write('audit/003_third.sql', 'ALTER TABLE audit ADD COLUMN IF NOT EXISTS c String;');
    expect(await migrate(warehouse, folder.path)).toEqual(['audit/003_third.sql']);
    expect(
      await warehouse.query(
        'SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {t:String}',
        { t: 'audit' },
      ),
    ).toEqual([{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
  });

  test('do not change once they are applied', async () => {
    await migrate(warehouse, folder.path);
    await folder.write('events/001_events.sql', `${EVENTS}\n-- and a remark`);
    await folder.write('other/001_other.sql', 'CREATE TABLE other (a String) ENGINE = MergeTree ORDER BY a;');
    await expect(migrate(warehouse, folder.path)).rejects.toMatchObject({
      code: 'WAREHOUSE_MIGRATION',
      message: expect.stringMatching(/events\/001_events.sql.*immutable/),
    });
    expect(await warehouse.query('EXISTS TABLE other')).toEqual([{ result: 0 }]);
  });

  test.each([
    ['started', ['events/002_more.sql']],
    ['completed', []],
  ])('may supersede an earlier text of the same effect that was %s', async (state, applied) => {
    const earlier = 'ALTER TABLE events ADD COLUMN more String;';
    const sha256 = createHash('sha256').update(earlier).digest('hex');
    await migrate(warehouse, folder.path);
    await warehouse.insert('migrations', [{ file: 'events/002_more.sql', state, sha256, at: 0 }], state);
    await warehouse.command(earlier);
    await folder.write(
      'events/002_more.sql',
      `-- supersedes ${sha256}\n${earlier.replace('COLUMN', 'COLUMN IF NOT EXISTS')}`,
    );
    expect(await migrate(warehouse, folder.path)).toEqual(applied);
  });

  test('that are not repeatable after a crash are refused before any is applied', async () => {
    await folder.write('events/002_more.sql', 'ALTER TABLE events ADD COLUMN more String;');
    await expect(migrate(warehouse, folder.path)).rejects.toMatchObject({
      code: 'WAREHOUSE_MIGRATION',
      message: expect.stringContaining('write ADD COLUMN IF NOT EXISTS'),
    });
    expect(await warehouse.query('EXISTS TABLE events')).toEqual([{ result: 0 }]);
  });

  test.each([
    ['001-events.sql', /NNN_name/],
    ['001_again.sql', /second time/],
  ])('have their own number: %s', async (name, message) => {
    await folder.write(`events/${name}`, 'SELECT 1;');
    await expect(migrate(warehouse, folder.path)).rejects.toMatchObject({
      code: 'WAREHOUSE_MIGRATION',
      message: expect.stringMatching(message),
    });
  });
});

describe('a projection that comes later', () => {
  test('is filled from existing events, and follows new ones', async () => {
    await migrate(warehouse, folder.path);
    await warehouse.insert('events', events(0, 700), 'before');
    await folder.write('losses/001_losses.sql', LOSSES);
    await migrate(warehouse, folder.path);
    expect(await losses()).toHaveLength(7);
    expect(await losses()).toEqual(await directly());

    for (let attempt = 0; attempt < 2; attempt++)
      await warehouse.insert('events', events(700, 1400), 'after');
    expect(await losses()).toEqual(await directly());
  });

  test('equals one that existed from the start', async () => {
    await migrate(warehouse, folder.path);
    await warehouse.insert('events', events(0, 1000), 'all');
    await folder.write('losses/001_losses.sql', LOSSES);
    await migrate(warehouse, folder.path);
    const late = await digest(warehouse);

    const early = await under.warehouse.scratch('epochlog_early');
    await migrate(early, folder.path);
    for (let at = 0; at < 1000; at += 125)
      await early.insert('events', events(at, at + 125).toReversed(), `${at}`);
    expect(await digest(early)).toEqual(late);
    await early.close();
  });

  test('is filled by its own INSERT, where it has one', async () => {
    await migrate(warehouse, folder.path);
    await warehouse.insert('events', events(0, 100), 'before');
    await folder.write('losses/001_losses.sql', LOSSES);
    await migrate(warehouse, folder.path);
    const other = LOSSES.replaceAll('losses', 'sums').replace(
      'CREATE MATERIALIZED',
      "INSERT INTO sums SELECT concat('was ', run), epochs, loss FROM losses FINAL;\n\nCREATE MATERIALIZED",
    );
    await folder.write('sums/001_sums.sql', other);
    await folder.write('sums/002_losses.sql', 'DROP TABLE IF EXISTS losses_from_events;');
    await migrate(warehouse, folder.path);
    for (let attempt = 0; attempt < 2; attempt++) await warehouse.insert('events', events(100, 200), 'after');
    const sums =
      "SELECT startsWith(run, 'was ') AS was, sum(epochs) AS n FROM sums GROUP BY was ORDER BY was";
    expect(await warehouse.query(sums)).toEqual([
      { was: 0, n: 50 },
      { was: 1, n: 50 },
    ]);
    expect(await warehouse.query('SELECT sum(epochs) AS n FROM losses')).toEqual([{ n: 50 }]);
  });

  test('with two views into one target is filled by both', async () => {
    const second = LOSSES.replace(/^[^;]*;/, '')
      .replace('losses_from_events', 'others')
      .replace('EpochCompleted', 'Other');
    await migrate(warehouse, folder.path);
    await warehouse.insert('events', events(0, 100), 'all');
    await folder.write('losses/001_losses.sql', LOSSES);
    await migrate(warehouse, folder.path);
    await folder.write('losses/002_others.sql', second);
    await migrate(warehouse, folder.path);
    expect(await warehouse.query('SELECT sum(epochs) AS n FROM losses')).toEqual([{ n: 100 }]);
  });

  test('that was interrupted is applied again from scratch, also with another text', async () => {
    await migrate(warehouse, folder.path);
    await warehouse.insert('events', events(0, 100), 'all');
    const broken = LOSSES.replace('CREATE TABLE losses', 'CREATE TABLE misnamed').replace(
      ' TO losses',
      ' TO nowhere',
    );
    await folder.write('losses/001_losses.sql', broken);
    await expect(migrate(warehouse, folder.path)).rejects.toMatchObject({
      code: 'WAREHOUSE_MIGRATION',
      message: expect.stringContaining('losses/001_losses.sql'),
    });
    expect(await warehouse.query('EXISTS TABLE misnamed')).toEqual([{ result: 1 }]);
    await folder.write('losses/001_losses.sql', LOSSES);
    expect(await migrate(warehouse, folder.path)).toEqual(['losses/001_losses.sql']);
    expect(await losses()).toEqual(await directly());
    expect(await warehouse.query('EXISTS TABLE misnamed')).toEqual([{ result: 0 }]);
  });

  test.each([
    [
      'a target that forgets its inserts',
      LOSSES.replace(/SETTINGS non_replicated_deduplication_window = 1000/, ''),
      /needs non_replicated_dedup/,
    ],
    ['a view of another table', LOSSES.replace('FROM events', 'FROM (SELECT * FROM others)'), /FROM events/],
    ['a view without a table', LOSSES.replace('TO losses', 'ENGINE = MergeTree ORDER BY run'), /TO a table/],
    [
      'a view of a view',
      `${LOSSES}
      CREATE TABLE second (run String) ENGINE = MergeTree ORDER BY run SETTINGS non_replicated_deduplication_window = 1000;
      CREATE MATERIALIZED VIEW seconds TO second AS SELECT run FROM losses;`,
      /another view|FROM events/,
    ],
  ])('is refused: %s', async (_what, sql, message) => {
    await folder.write('events/002_others.sql', EVENTS.replace('TABLE events', 'TABLE others'));
    await folder.write('losses/001_losses.sql', sql);
    await expect(migrate(warehouse, folder.path)).rejects.toMatchObject({
      code: 'WAREHOUSE_MIGRATION',
      message: expect.stringMatching(message),
    });
  });

  test('cannot use the name of an existing table', async () => {
    await migrate(warehouse, folder.path);
    await warehouse.insert('events', events(0, 10), 'all');
    await folder.write('second/001_events.sql', EVENTS);
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(migrate(warehouse, folder.path)).rejects.toMatchObject({
        message: expect.stringContaining('exists already'),
      });
    }
    expect(await warehouse.query('SELECT count() AS n FROM events')).toEqual([{ n: 10 }]);
  });
});

test("the project's own projections apply, and accept events", async () => {
  const applied = await migrate(warehouse, join(import.meta.dirname, '../../projections'));
  expect(applied[0]).toBe('events/001_events.sql');
  await warehouse.insert('events', events(0, 100), 'all');
  expect(await warehouse.query('SELECT count() AS n, max(time) AS latest FROM events')).toEqual([
    { n: 100, latest: '2023-11-14T22:13:20.099Z' },
  ]);
});
