import type { Config } from '../infra/config/schema.ts';
import { withLock } from '../infra/warehouse/lock.ts';
import { assertMigrated, migrate, pendingMigrations } from '../infra/warehouse/migrate.ts';
import { namedQueries } from '../infra/warehouse/named.ts';
import { PROJECTIONS } from '../infra/warehouse/projections.ts';
import type { Warehouse } from '../kernel/ports/warehouse.ts';
import type { EventReader } from '../kernel/reader.ts';
import { completeOpenBatches, resumeProjectors, suspendProjectors } from '../services/projector/suspend.ts';

/** A warehouse, and the log of which it has the projections. */
export interface ProjectionsPlace {
  warehouse: Warehouse;
  events: EventReader;
}

/**
 * Before services start: the engine of this machine gets the projections that it lacks. A server has them already, or
 * WAREHOUSE_MIGRATION says with which command to apply them: no service does it, others may be at work there.
 */
export async function prepareProjections(config: Config, place: ProjectionsPlace): Promise<void> {
  if (config.clickhouse) await assertMigrated(place.warehouse, PROJECTIONS);
  else await applyProjections(config, place);
}

/**
 * Applies the projections that the warehouse lacks, and returns their files. On a server one process at a time does
 * it, and the projectors wait meanwhile; only once it is done may services be started that need them.
 */
export async function applyProjections(
  config: Config,
  { warehouse, events }: ProjectionsPlace,
): Promise<string[]> {
  const query = await namedQueries(warehouse, PROJECTIONS);
  const context = { warehouse, events, query, signal: new AbortController().signal };
  const hasProjector = () => exists(warehouse, 'projector_reservations');
  if (!config.clickhouse) {
    const pending = await pendingMigrations(warehouse, PROJECTIONS);
    if (pending.length > 0 && (await hasProjector())) await completeOpenBatches(context);
    return migrate(warehouse, PROJECTIONS);
  }
  return withLock(warehouse, async (assertHeld) => {
    const pending = await pendingMigrations(warehouse, PROJECTIONS);
    if (pending.length > 0 && (await hasProjector())) await suspendProjectors(context);
    try {
      return await migrate(warehouse, PROJECTIONS, assertHeld);
    } finally {
      if (await hasProjector()) await resumeProjectors(context); // also of an attempt that was killed
    }
  });
}

const exists = async (warehouse: Warehouse, table: string): Promise<boolean> =>
  (await warehouse.query<{ result: number }>(`EXISTS TABLE ${table}`))[0]?.result === 1;
