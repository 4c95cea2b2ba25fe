import { isDeepStrictEqual } from 'node:util';
import { digest } from '../../infra/warehouse/digest.ts';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { readMigrations } from '../../infra/warehouse/projections.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { EventRows, readStreamTables } from '../../kernel/rows/events.ts';
import { topicOf } from '../../kernel/topics.ts';
import { streamOf } from '../../schemas/catalogue.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { mixedEvent } from '../harness/mixed-events.ts';

class Killed extends Error {}

/**
 * A warehouse that throws Killed after a statement or an insert, once for each: the database is then
 * as a kill after this one, or before the next one, leaves it. `kills` holds those so far.
 */
function killingAfterEach(warehouse: Warehouse) {
  const kills = new Set<string>();
  const once = async (statement: string, action: Promise<void>) => {
    await action;
    const point = statement.replace(/'[0-9a-f-]{36}'/, 'TOKEN');
    if (kills.has(point)) return;
    kills.add(point);
    throw new Killed(point);
  };
  const step = (rows: readonly object[]) => JSON.stringify({ ...rows[0], at: 0 });
  const killing: Warehouse = {
    database: warehouse.database,
    query: (...args) => warehouse.query(...args),
    answer: (...args) => warehouse.answer(...args),
    command: (sql, params) => once(sql, warehouse.command(sql, params)),
    insert: (table, rows, ...others) =>
      once(`${table} ${step(rows)}`, warehouse.insert(table, rows, ...others)),
    insertBinary: (...args) => warehouse.insertBinary(...args),
    waitFor: (...args) => warehouse.waitFor(...args),
    scratch: (name) => warehouse.scratch(name),
    ping: () => warehouse.ping(),
    close: async () => {},
  };
  return { killing, kills };
}

/** Whether all steps completed before the kill. */
async function ended(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof Killed) return false;
    throw error;
  }
}

const EVENTS = 20;
async function fill(warehouse: Warehouse): Promise<void> {
  const events = Array.from({ length: EVENTS }, (_, i) => {
    const event = mixedEvent(i);
    return { ...event, topic: topicOf(streamOf(event.type)), partition: 0, offset: i };
  });
  const rows = new EventRows(await readStreamTables(warehouse, loadSchemas()));
  for (const event of events) rows.add(event);
  await rows.insert(warehouse, 'events');
}

const structureOf = (warehouse: Warehouse) =>
  warehouse.query(
    `SELECT name, replaceAll(create_table_query, currentDatabase(), '') AS definition FROM system.tables
     WHERE database = currentDatabase() ORDER BY name`,
  );

/** What a walk through all interruptions came to. */
export interface Walk {
  /** statements, and inserts of records, after which it was killed */
  kills: number;
  /** statements of the migrations among them, and those that are not */
  statements: number;
  missed: readonly string[];
  /** whether tables, views and rows are those of a database that was migrated at one go */
  isWhole: boolean;
}

/**
 * Applies the migrations under a folder to two databases, interrupted after each single thing that is done there and
 * started again each time: to an empty one, and to one with events, from which the projections are filled. `eventsRoot`
 * is a folder that holds the projection `events` alone.
 */
export async function walkInterruptions(
  server: Warehouse,
  root: string,
  eventsRoot: string,
): Promise<readonly Walk[]> {
  const whole = await server.scratch('epochlog_whole');
  await migrate(whole, root);
  await fill(whole);
  const wanted = await contentsOf(whole);
  await whole.close();

  const walks: Walk[] = [];
  for (const isFilled of [false, true]) {
    const warehouse = await server.scratch('epochlog_killed');
    const { killing, kills } = killingAfterEach(warehouse);
    if (isFilled) {
      await migrate(warehouse, eventsRoot);
      await fill(warehouse);
    }
    const statements = (await readMigrations(root)).flatMap((migration) => migration.statements);
    const applied = isFilled
      ? (await readMigrations(eventsRoot)).flatMap((migration) => migration.statements)
      : [];
    while (!(await ended(() => migrate(killing, root))));
    if (!isFilled) await fill(warehouse);
    const pending = statements.filter((statement) => !applied.includes(statement));
    walks.push({
      kills: kills.size,
      statements: pending.length,
      missed: pending.filter((statement) => !kills.has(statement)),
      isWhole: isDeepStrictEqual(await contentsOf(warehouse), wanted),
    });
    await warehouse.close();
  }
  return walks;
}

const contentsOf = async (warehouse: Warehouse) => ({
  structure: await structureOf(warehouse),
  rows: await digest(warehouse),
});
