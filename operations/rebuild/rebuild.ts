import { digest } from '../../infra/warehouse/digest.ts';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { copyRetention, keptSince } from '../../infra/warehouse/retention.ts';
import type { Position } from '../../kernel/ports/log.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import type { Store } from '../session.ts';
import { compareTables, type TableComparison } from '../verify/rebuild.ts';
import { projectInto, untilAvailable } from './project-into.ts';

const SCRATCH = 'epochlog_rebuild';
/** Projectors are suspended once the rebuild lacks no more than so many events. */
const FEW_EVENTS = 5_000;
/** With more events than it can project meanwhile, it stops catching up. */
const MAX_ROUNDS = 10;

/** What a rebuild works with. */
export interface Rebuild extends Pick<Store, 'log' | 'codec'> {
  warehouse: Warehouse;
  /** up to which offset of each partition (exclusive) the live projections hold all events */
  projected(): Promise<Position[]>;
  /** suspends the projectors until its result is called; their batches are complete meanwhile */
  suspend(): Promise<() => Promise<void>>;
  /** called with the step that begins */
  onStep(step: string): void;
}

/** A projection that was compared with its rebuild, and replaced by it if they differed. */
export interface RebuiltTable extends TableComparison {
  replaced: boolean;
}

/**
 * Rebuilds every projection from the log beside the live ones, while these are read and written; catches up with them;
 * and then, while projectors wait, compares the digests and replaces the rows of the tables that differ, each at once. Tables that are
 * no projections of the log stay as they are.
 */
export async function rebuildProjections(rebuild: Rebuild): Promise<RebuiltTable[]> {
  const { warehouse, projected, suspend, onStep } = rebuild;
  const scratch = await warehouse.scratch(SCRATCH);
  try {
    await migrate(scratch, PROJECTIONS);
    await copyRetention(warehouse, scratch);
    onStep('rebuilding the projections from the log');
    let filled: Position[] = [];
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const upTo = await projected();
      if (round > 0 && eventsBetween(filled, upTo) <= FEW_EVENTS) break;
      await projectInto(scratch, rebuild, upTo, filled);
      filled = upTo;
    }
    onStep('suspending the projectors');
    const resume = await suspend();
    try {
      await projectInto(scratch, rebuild, await projected(), filled);
      onStep('comparing the digests');
      return await replaceDifferent(warehouse, scratch);
    } finally {
      await resume();
    }
  } finally {
    await scratch.close();
  }
}

const eventsBetween = (from: readonly Position[], to: readonly Position[]): number => {
  const sum = (positions: readonly Position[]) => positions.reduce((total, { offset }) => total + offset, 0);
  return sum(to) - sum(from);
};

async function replaceDifferent(warehouse: Warehouse, scratch: Warehouse): Promise<RebuiltTable[]> {
  const kept = await keptSince(warehouse, Date.now());
  const live = await untilAvailable(() => digest(warehouse, [], kept));
  const compared = compareTables(live, await untilAvailable(() => digest(scratch, [], kept)));
  const tables: RebuiltTable[] = [];
  for (const table of compared) {
    const replaced = !table.equal && table.hash !== null && table.rebuiltHash !== null;
    if (replaced) await replace(table.table, warehouse, scratch);
    tables.push({ ...table, replaced });
  }
  return tables;
}

/** Replaces the rows of a table, month by month where it is split by month: each at once. */
async function replace(table: string, warehouse: Warehouse, scratch: Warehouse): Promise<void> {
  const partitionsOf = async (of: Warehouse) =>
    (await of.query<{ id: string }>(PARTITIONS, { table })).map(({ id }) => id);
  const rebuilt = await partitionsOf(scratch);
  for (const id of rebuilt)
    await warehouse.command(
      `ALTER TABLE \`${table}\` REPLACE PARTITION ID '${id}' FROM ${scratch.database}.\`${table}\``,
    );
  for (const id of await partitionsOf(warehouse))
    if (!rebuilt.includes(id)) await warehouse.command(`ALTER TABLE \`${table}\` DROP PARTITION ID '${id}'`);
}

const PARTITIONS = `
  SELECT DISTINCT partition_id AS id FROM system.parts
  WHERE active AND database = currentDatabase() AND table = {table:String}`;
