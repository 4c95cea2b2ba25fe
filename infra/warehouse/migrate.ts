import { randomUUID } from 'node:crypto';
import { EpochlogError, isFinal } from '../../kernel/errors.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { backfill } from './backfill.ts';
import { type Migration, readMigrations } from './projections.ts';
import { assertRepeatable } from './repeatable.ts';
import { missingIn, type StreamTableChange, streamTablesOf } from './stream-tables.ts';

/** Append-only history: a migration is applied when it is completed, and interrupted when it is only started. */
const HISTORY = `
  CREATE TABLE IF NOT EXISTS migrations
  (file String, state Enum8('started' = 1, 'completed' = 2), sha256 String, creates Array(String), at DateTime64(3, 'UTC'))
  ENGINE = MergeTree ORDER BY (file, state) SETTINGS non_replicated_deduplication_window = 1000`;

interface Step {
  file: string;
  state: 'started' | 'completed';
  sha256: string;
  creates: readonly string[];
}

/**
 * Applies the pending migrations under a folder of projections, and backfills the views that they create. Before that it makes
 * the tables of streams what the views select from them. Interrupted
 * migrations are applied again: the tables and views that they created are dropped, and all their other statements must
 * be repeatable. Returns the applied files. Nothing may insert or migrate concurrently: on a server use `withLock`, whose
 * `assertHeld` is called before each statement. WAREHOUSE_MIGRATION when an applied file has changed, or a projection
 * breaks the rules of `backfill` or `assertRepeatable`.
 */
export async function migrate(
  warehouse: Warehouse,
  root: string,
  assertHeld: () => void = () => {},
): Promise<string[]> {
  await warehouse.command(HISTORY);
  const { pending, history, changes } = await compare(warehouse, root);
  for (const migration of pending) assertRepeatable(migration);
  for (const { table, statement } of changes) {
    assertHeld();
    await run(warehouse, table, statement);
  }
  const files = pending.map(({ file }) => file);
  if (files.length === 0) return files;
  assertHeld();
  await undo(
    warehouse,
    history.filter(({ file }) => files.includes(file)),
  );
  await assertNew(warehouse, pending);
  await record(warehouse, 'started', pending);
  for (const step of (await hasEvents(warehouse)) ? pending.map((migration) => [migration]) : [pending]) {
    await apply(warehouse, step, assertHeld);
    await record(warehouse, 'completed', step);
  }
  return files;
}

/** Without events nothing is filled, so that all migrations are one step. */
async function hasEvents(warehouse: Warehouse): Promise<boolean> {
  const [row] = await warehouse.query<{ rows: number }>(
    "SELECT sum(total_rows) AS rows FROM system.tables WHERE database = currentDatabase() AND name = 'events'",
  );
  return (row?.rows ?? 0) > 0;
}

/** The pending migrations and tables of streams. WAREHOUSE_MIGRATION when an applied migration has changed. */
export async function pendingMigrations(warehouse: Warehouse, root: string): Promise<string[]> {
  const { pending, changes } = await compare(warehouse, root);
  return [...pending.map(({ file }) => file), ...changes.map(({ table }) => table)];
}

/** WAREHOUSE_MIGRATION, with the command to run, when migrations are pending. */
export async function assertMigrated(warehouse: Warehouse, root: string): Promise<void> {
  const [first, ...others] = await pendingMigrations(warehouse, root);
  if (first === undefined) return;
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  throw new EpochlogError(
    'WAREHOUSE_MIGRATION',
    `the database ${warehouse.database} lacks ${first}${more}: run \`epochlog projections apply\``,
  );
}

interface Comparison {
  changes: StreamTableChange[];
  pending: Migration[];
  history: Step[];
}

async function compare(warehouse: Warehouse, root: string): Promise<Comparison> {
  const migrations = await readMigrations(root);
  const history = await historyOf(warehouse);
  const completed = new Map(
    history.filter(({ state }) => state === 'completed').map((step) => [step.file, step]),
  );
  for (const { file, sha256, supersedes } of migrations) {
    const applied = completed.get(file);
    if (applied && ![sha256, ...supersedes].includes(applied.sha256)) throw changed(file);
  }
  const changes = await missingIn(warehouse, streamTablesOf(migrations, loadSchemas()));
  return { changes, pending: migrations.filter(({ file }) => !completed.has(file)), history };
}

async function historyOf(warehouse: Warehouse): Promise<Step[]> {
  const [exists] = await warehouse.query<{ result: number }>('EXISTS TABLE migrations');
  if (exists?.result !== 1) return [];
  return warehouse.query<Step>(
    'SELECT file, state, sha256, creates FROM migrations SETTINGS select_sequential_consistency = 1',
  );
}

const changed = (file: string): EpochlogError =>
  new EpochlogError(
    'WAREHOUSE_MIGRATION',
    `${file} has changed since it was applied: numbered migrations are immutable, add a new one; if another version of ` +
      'epochlog applied it, drop the database (on one machine: delete the folder `warehouse` of the home), and it is rebuilt from the log',
  );

/** Drops the tables and views of interrupted attempts: their names were unused before. */
async function undo(warehouse: Warehouse, attempts: readonly Step[]): Promise<void> {
  const names = new Set(attempts.flatMap(({ creates }) => creates));
  for (const name of [...names].toReversed()) {
    await warehouse.command(`DROP TABLE IF EXISTS \`${name}\` SYNC`);
  }
}

/** WAREHOUSE_MIGRATION when a name that a migration creates exists: `undo` would drop it. */
async function assertNew(warehouse: Warehouse, migrations: readonly Migration[]): Promise<void> {
  const taken = await warehouse.query<{ name: string }>(
    'SELECT name FROM system.tables WHERE database = currentDatabase() AND has({creates:Array(String)}, name)',
    { creates: migrations.flatMap(({ creates }) => creates) },
  );
  const names = taken.map(({ name }) => name);
  for (const { file, creates } of migrations) {
    const name = creates.find((created) => names.includes(created));
    if (name === undefined) continue;
    throw new EpochlogError('WAREHOUSE_MIGRATION', `${file} creates ${name}, which exists already`);
  }
}

function record(warehouse: Warehouse, state: Step['state'], migrations: readonly Migration[]): Promise<void> {
  const at = Date.now();
  const rows = migrations.map(({ file, sha256, creates }) => ({ file, state, sha256, creates, at }));
  return warehouse.insert('migrations', rows, randomUUID(), { inSequence: true });
}

async function apply(
  warehouse: Warehouse,
  migrations: readonly Migration[],
  assertHeld: () => void,
): Promise<void> {
  for (const { file, statements } of migrations) {
    for (const statement of statements) {
      assertHeld();
      await run(warehouse, file, statement);
    }
  }
  assertHeld();
  await backfill(warehouse, migrations);
}

async function run(warehouse: Warehouse, file: string, statement: string): Promise<void> {
  try {
    await warehouse.command(statement);
  } catch (error) {
    if (!isFinal(error)) throw error;
    throw new EpochlogError('WAREHOUSE_MIGRATION', `${file}: ${error.message}`, { cause: error });
  }
}
