import { isDeepStrictEqual } from 'node:util';
import { digest } from '../../infra/warehouse/digest.ts';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { readMigrations } from '../../infra/warehouse/projections.ts';
import { rowOf } from '../../kernel/event-row.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
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
    command: (sql, params) => once(sql, warehouse.command(sql, params)),
    insert: (table, rows, ...others) =>
      once(`${table} ${step(rows)}`, warehouse.insert(table, rows, ...others)),
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
const insertEvents = (warehouse: Warehouse) =>
  warehouse.insert(
    'events',
    Array.from({ length: EVENTS }, (_, i) =>
      rowOf({ ...mixedEvent(i), topic: 'epochlog.test', partition: 0, offset: i }),
    ),
    'events',
  );

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
 * Applies the migrations under a folder to a database, interrupted after each single thing that is done there and
 * started again each time. As soon as `events` is complete it holds some events, from which the others are filled.
 */
export async function walkInterruptions(server: Warehouse, root: string): Promise<Walk> {
  const warehouse = await server.scratch('epochlog_killed');
  const whole = await server.scratch('epochlog_whole');
  const { killing, kills } = killingAfterEach(warehouse);
  const isFilled = () => kills.values().some((point) => EVENTS_MIGRATED.test(point));
  while (!isFilled()) await ended(() => migrate(killing, root));
  await insertEvents(warehouse);
  while (!(await ended(() => migrate(killing, root))));
  await migrate(whole, root);
  await insertEvents(whole);

  const statements = (await readMigrations(root)).flatMap((migration) => migration.statements);
  const [one, other] = await Promise.all([warehouse, whole].map(contentsOf));
  await Promise.all([warehouse.close(), whole.close()]);
  return {
    kills: kills.size,
    statements: statements.length,
    missed: statements.filter((statement) => !kills.has(statement)),
    isWhole: isDeepStrictEqual(one, other),
  };
}

const EVENTS_MIGRATED = /"events\/001_events.sql","state":"completed"/;

const contentsOf = async (warehouse: Warehouse) => ({
  structure: await structureOf(warehouse),
  rows: await digest(warehouse),
});
