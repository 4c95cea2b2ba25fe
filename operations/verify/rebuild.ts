import { digest, type TableDigest } from '../../infra/warehouse/digest.ts';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { copyRetention, type KeptSince, keptSince } from '../../infra/warehouse/retention.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Position } from '../../kernel/ports/log.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { eventTopics } from '../../kernel/runtime/topology.ts';
import { projectInto, untilAvailable } from '../rebuild/project-into.ts';
import type { Session, Store } from '../session.ts';

const SCRATCH = 'epochlog_verify';
const ATTEMPTS = 5;

/** The digest of a live table, and of its rebuild from the log. */
export interface TableComparison {
  table: string;
  rows: number;
  rebuiltRows: number;
  /** null for a missing table */
  hash: string | null;
  rebuiltHash: string | null;
  equal: boolean;
}

/** Positions up to which the projections hold every event. */
const projected = async ({ log }: Session): Promise<Position[]> =>
  log.committed('projector', await eventTopics(log));

const same = (a: readonly Position[], b: readonly Position[]) => JSON.stringify(a) === JSON.stringify(b);

/** The digests of the live tables, and the committed offsets of the projector, which did not change meanwhile. */
async function liveDigests(
  session: Session,
  kept: readonly KeptSince[],
): Promise<{ at: Position[]; tables: TableDigest[] }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await session.quiet();
    const at = await projected(session);
    const tables = await untilAvailable(() => digest(session.warehouse, [], kept));
    if (same(at, await projected(session))) return { at, tables };
  }
  throw new EpochlogError(
    'CONFLICT',
    'events were appended while the projections were compared: run the command again when there is less traffic',
  );
}

/** Tables beside their rebuild. */
export interface Comparison {
  /** up to which offsets */
  at: Position[];
  tables: TableComparison[];
  /** of tables with a retention: what was compared of them */
  kept: KeptSince[];
}

/**
 * Rebuilds every projection from the log in a scratch database, and compares it with the live tables, without rows that may
 * have expired.
 */
export async function compareRebuild(session: Session): Promise<Comparison> {
  const kept = await keptSince(session.warehouse, Date.now());
  const live = await liveDigests(session, kept);
  const rebuilt = await rebuiltDigests(session, live.at, session.warehouse, [], kept);
  return { at: live.at, tables: compareTables(live.tables, rebuilt), kept };
}

/** The digests of two databases, table by table. */
export function compareTables(
  tables: readonly TableDigest[],
  rebuilt: readonly TableDigest[],
): TableComparison[] {
  const [ones, others] = [tables, rebuilt].map((side) => new Map(side.map((table) => [table.table, table])));
  return [...new Set([...ones!.keys(), ...others!.keys()])].map((table) => {
    const [one, other] = [ones!.get(table), others!.get(table)];
    const [rows, rebuiltRows] = [one?.rows ?? 0, other?.rows ?? 0];
    const [hash, rebuiltHash] = [one?.hash ?? null, other?.hash ?? null];
    return {
      table,
      rows,
      rebuiltRows,
      hash,
      rebuiltHash,
      equal: rows === rebuiltRows && hash === rebuiltHash,
    };
  });
}

/**
 * The digests of all projections of a log up to the end offsets given, rebuilt in a scratch database with the retention of the
 * warehouse. The columns in `without` are left out, and of the tables in `kept` older rows.
 */
export async function rebuiltDigests(
  log: Pick<Store, 'log' | 'codec'>,
  upTo: readonly Position[],
  warehouse: Warehouse,
  without: readonly string[] = [],
  kept: readonly KeptSince[] = [],
): Promise<TableDigest[]> {
  const scratch = await warehouse.scratch(SCRATCH);
  try {
    await migrate(scratch, PROJECTIONS);
    await copyRetention(warehouse, scratch);
    await projectInto(scratch, log, upTo);
    return await untilAvailable(() => digest(scratch, without, kept));
  } finally {
    await scratch.close();
  }
}
