import { setTimeout as sleep } from 'node:timers/promises';
import { digest, type TableDigest } from '../../infra/warehouse/digest.ts';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { decodable } from '../../kernel/codec.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Position } from '../../kernel/ports/log.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { readPartition } from '../../kernel/reader.ts';
import { MAX_INSERT_BYTES, sizeOf } from '../../kernel/record-size.ts';
import { insertEvents, readStreamTables } from '../../kernel/rows/events.ts';
import { eventTopics } from '../../kernel/runtime/topology.ts';
import type { LoggedEvent } from '../../schemas/catalogue.ts';
import { loadSchemas } from '../../schemas/load.ts';
import type { Session, Store } from '../session.ts';

const SCRATCH = 'epochlog_verify';
const BATCH = 5_000;
const ATTEMPTS = 5;
/** A warehouse may be out of memory for some seconds, while it merges parts. */
const UNAVAILABLE_ATTEMPTS = 8;
const INITIAL_PAUSE_MS = 200;

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
async function liveDigests(session: Session): Promise<{ at: Position[]; tables: TableDigest[] }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await session.quiet();
    const at = await projected(session);
    const tables = await untilAvailable(() => digest(session.warehouse));
    if (same(at, await projected(session))) return { at, tables };
  }
  throw new EpochlogError(
    'CONFLICT',
    'events were appended while the projections were compared: run the command again when there is less traffic',
  );
}

/** Rebuilds every projection from the log in a scratch database, and compares it with the live tables. */
export async function compareRebuild(
  session: Session,
): Promise<{ at: Position[]; tables: TableComparison[] }> {
  const live = await liveDigests(session);
  const rebuilt = await rebuiltDigests(session, live.at, session.warehouse);
  return { at: live.at, tables: compareTables(live.tables, rebuilt) };
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
 * The digests of all projections of a log up to the end offsets given, rebuilt in a scratch database. The columns in
 * `without` are left out.
 */
export async function rebuiltDigests(
  log: Pick<Store, 'log' | 'codec'>,
  upTo: readonly Position[],
  warehouse: Warehouse,
  without: readonly string[] = [],
): Promise<TableDigest[]> {
  const scratch = await warehouse.scratch(SCRATCH);
  try {
    await migrate(scratch, PROJECTIONS);
    await fill(log, scratch, upTo);
    return await untilAvailable(() => digest(scratch, without));
  } finally {
    await scratch.close();
  }
}

async function fill(
  { log, codec }: Pick<Store, 'log' | 'codec'>,
  scratch: Warehouse,
  upTo: readonly Position[],
): Promise<void> {
  let batch: LoggedEvent[] = [];
  let bytes = 0;
  let number = 0;
  const tables = await readStreamTables(scratch, loadSchemas());
  const flush = async () => {
    if (batch.length === 0) return;
    const [events, token] = [batch, `verify/${number++}`];
    await untilAvailable(() => insertEvents(scratch, events, token, { tables }));
    batch = [];
    bytes = 0;
  };
  for (const end of upTo) {
    for await (const record of readPartition(log, { ...end, offset: 0 }, end.offset)) {
      const events = await decodable(record, codec);
      if (!events) continue; // the projector skips it: it is a dead letter
      if (batch.length >= BATCH || bytes + sizeOf(record) > MAX_INSERT_BYTES) await flush();
      batch.push(...events);
      bytes += sizeOf(record);
    }
  }
  await flush();
}

/** The result of a step; retriable errors are retried with backoff for half a minute. */
async function untilAvailable<T>(step: () => Promise<T>): Promise<T> {
  for (let attempt = 1, pause = INITIAL_PAUSE_MS; ; attempt++, pause *= 2) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof EpochlogError) || !error.retriable || attempt === UNAVAILABLE_ATTEMPTS)
        throw error;
      await sleep(pause);
    }
  }
}
