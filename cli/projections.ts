import type { Config } from '../infra/config/schema.ts';
import { withLock } from '../infra/warehouse/lock.ts';
import { assertMigrated, migrate, pendingMigrations } from '../infra/warehouse/migrate.ts';
import { namedQueries } from '../infra/warehouse/named.ts';
import { PROJECTIONS } from '../infra/warehouse/projections.ts';
import { applyRetention } from '../infra/warehouse/retention.ts';
import { SYSTEM_CLOCK } from '../kernel/clock.ts';
import type { Warehouse } from '../kernel/ports/warehouse.ts';
import type { EventReader } from '../schemas/catalogue.ts';
import { completeOpenBatches, resumeProjectors, suspendProjectors } from '../services/projector/suspend.ts';

/** A warehouse, and the log that it projects. */
export interface ProjectionsTarget {
  warehouse: Warehouse;
  events: EventReader;
}

/**
 * Before services start: applies the missing projections to the embedded engine. On a server, WAREHOUSE_MIGRATION says
 * which command applies them: no service does, because other services may be running.
 */
export async function prepareProjections(config: Config, target: ProjectionsTarget): Promise<void> {
  if (config.clickhouse) await assertMigrated(target.warehouse, PROJECTIONS);
  else await applyProjections(config, target);
}

/**
 * Applies the missing projections, returns their files, and sets how long their tables keep predictions. On a server one process
 * at a time applies, and projectors wait meanwhile; services that need the projections may be started afterwards.
 */
export async function applyProjections(config: Config, target: ProjectionsTarget): Promise<string[]> {
  const files = await applyMigrations(config, target);
  await applyRetention(target.warehouse, PROJECTIONS, config.retentionDays);
  return files;
}

async function applyMigrations(config: Config, { warehouse, events }: ProjectionsTarget): Promise<string[]> {
  if (!config.clickhouse && (await pendingMigrations(warehouse, PROJECTIONS)).length === 0) return [];
  const query = await namedQueries(warehouse, PROJECTIONS);
  const { signal } = new AbortController();
  const context = { warehouse, events, query, clock: SYSTEM_CLOCK, signal };
  const hasProjector = () => exists(warehouse, 'projector_reservations');
  if (!config.clickhouse) {
    if (await hasProjector()) await completeOpenBatches(context);
    return migrate(warehouse, PROJECTIONS);
  }
  return withLock(warehouse, async (assertHeld) => {
    const pending = await pendingMigrations(warehouse, PROJECTIONS);
    if (pending.length > 0 && (await hasProjector())) await suspendProjectors(context);
    try {
      return await migrate(warehouse, PROJECTIONS, assertHeld);
    } finally {
      if (await hasProjector()) await resumeProjectors(context); // also after an attempt that was killed
    }
  });
}

const exists = async (warehouse: Warehouse, table: string): Promise<boolean> =>
  (await warehouse.query<{ result: number }>(`EXISTS TABLE ${table}`))[0]?.result === 1;
