import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { PROJECTIONS, readMigrations } from '../../infra/warehouse/projections.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { temporaryFolder } from './folder.ts';

/** A copy of the project's projections without one folder, as if that was added later. */
export async function projectionsWithout(question: string) {
  const folder = await temporaryFolder('projections');
  await cp(PROJECTIONS, folder.path, {
    recursive: true,
    filter: (path) => path !== join(PROJECTIONS, question),
  });
  return folder;
}

/** The migrations of one folder of the project's projections, in order. */
export const migrationsOf = async (question: string): Promise<string[]> =>
  (await readMigrations(PROJECTIONS))
    .map(({ file }) => file)
    .filter((file) => file.startsWith(`${question}/`));

/** An empty database with all projections; `await using` gives it back. */
export type EmptyProjections = Warehouse & AsyncDisposable;

/**
 * Empty databases with all projections on one engine. Emptying one takes an eighth of the time of migrating another, so
 * one that is given back is taken again: a test must not change its tables.
 */
export function emptyProjections(engine: Warehouse): () => Promise<EmptyProjections> {
  const free: Warehouse[] = [];
  return async () => {
    const warehouse = free.pop() ?? (await engine.scratch('epochlog_projections'));
    if ((await migrate(warehouse, PROJECTIONS)).length === 0) await empty(warehouse);
    return Object.assign(warehouse, { [Symbol.asyncDispose]: async () => void free.push(warehouse) });
  };
}

const TABLES = `SELECT name, engine FROM system.tables
  WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name NOT LIKE 'migration%'`;

async function empty(warehouse: Warehouse): Promise<void> {
  for (const { name } of await warehouse.query<{ name: string }>(`${TABLES} AND total_rows > 0`)) {
    await warehouse.command(`TRUNCATE TABLE ${name}`);
  }
}

/**
 * How many rows `events` and each projection have that is not empty; rows that its engine merges count once. Of one that
 * adds up: what its counts are together.
 */
export async function rowsOf(warehouse: Warehouse): Promise<Record<string, number>> {
  const tables = await warehouse.query<{ name: string; engine: string }>(TABLES);
  const counted = tables
    .filter(({ name }) => !name.startsWith('projector_'))
    .map(({ name, engine }) => {
      const merged = /^(Replicated|Shared)?MergeTree$/.test(engine) ? '' : 'FINAL';
      const count = /(Summing|Aggregating)MergeTree$/.test(engine) ? 'sum(n)' : 'count()';
      return `SELECT '${name}' AS name, ${count} AS rows FROM ${name} ${merged}`;
    });
  const rows = await warehouse.query<{ name: string; rows: number }>(
    `SELECT name, rows FROM (${counted.join(' UNION ALL ')}) WHERE rows > 0 ORDER BY name`,
  );
  return Object.fromEntries(rows.map(({ name, rows }) => [name, rows]));
}
