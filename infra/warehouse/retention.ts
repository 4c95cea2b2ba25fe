import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { type Migration, readMigrations } from './projections.ts';
import { streamsIn } from './stream-tables.ts';

/** The streams of which a warehouse need not keep every row: of the others no table grows with traffic. */
const STREAMS: readonly string[] = ['predictions', 'outcomes'];

const DAY_MS = 86_400_000;
/** A row may expire while two databases are compared. */
const MARGIN_MS = DAY_MS;

/** A table with a row for each event of such a stream, and its column with the time of the event. */
interface Expiring {
  table: string;
  column: string;
}

const VIEW = /^CREATE MATERIALIZED VIEW \w+ TO (\w+) AS/i;
const TIME = /\b_time\s+AS\s+(\w+)/i;

/** The tables that rows expire in, as their views make them. Tables of counts, whose engines add up, keep all. */
export function expiringTables(migrations: readonly Migration[]): Expiring[] {
  const statements = migrations.flatMap((migration) => migration.statements);
  const isPlain = (table: string) =>
    statements.some(
      (sql) => new RegExp(`^CREATE TABLE ${table}\\b`, 'i').test(sql) && /\bENGINE = MergeTree\b/.test(sql),
    );
  const found = statements.flatMap((sql): Expiring[] => {
    const [, table] = VIEW.exec(sql) ?? [];
    const [, column] = TIME.exec(sql) ?? [];
    const isOfStream = streamsIn(sql).some((stream) => STREAMS.includes(stream));
    return table && column && isOfStream && isPlain(table) ? [{ table, column }] : [];
  });
  return [...new Map(found.map((one) => [one.table, one])).values()];
}

/** The days that tables keep their rows for, as ClickHouse has it. */
interface Kept extends Expiring {
  days: number;
}

const TTL = 'TTL toDateTime\\\\((\\\\w+)\\\\) \\\\+ toIntervalDay\\\\((\\\\d+)\\\\)';
const KEPT = `
  SELECT name AS table, extractGroups(engine_full, '${TTL}')[1] AS column, toUInt32(extractGroups(engine_full, '${TTL}')[2]) AS days
  FROM system.tables
  WHERE database = currentDatabase() AND match(engine_full, '${TTL}')`;

const keptIn = (warehouse: Warehouse): Promise<Kept[]> => warehouse.query<Kept>(KEPT);

/**
 * Makes the tables of predictions and outcomes keep their rows for so many days after the event; undefined: for ever. ClickHouse
 * deletes what is older by and by. Returns the tables that were changed. Only for tables that exist: after `migrate`.
 */
export async function applyRetention(
  warehouse: Warehouse,
  root: string,
  days: number | undefined,
): Promise<string[]> {
  const kept = new Map((await keptIn(warehouse)).map((one) => [one.table, one.days]));
  if (kept.size === 0 && days === undefined) return []; // as it is, mostly: the migrations need not be read
  const changed = expiringTables(await readMigrations(root)).filter(({ table }) => kept.get(table) !== days);
  for (const { table, column } of changed) {
    const change =
      days === undefined ? 'REMOVE TTL' : `MODIFY TTL toDateTime(${column}) + INTERVAL ${days} DAY`;
    await warehouse.command(`ALTER TABLE ${table} ${change}`);
  }
  return changed.map(({ table }) => table);
}

/** The same in a scratch database as in the live one. */
export async function copyRetention(from: Warehouse, to: Warehouse): Promise<void> {
  for (const { table, column, days } of await keptIn(from))
    await to.command(`ALTER TABLE ${table} MODIFY TTL toDateTime(${column}) + INTERVAL ${days} DAY`);
}

/** From when on a table surely has its rows, in milliseconds; its rows before that may have expired. */
export interface KeptSince {
  table: string;
  column: string;
  since: number;
}

/** What of the tables with a retention is kept at a moment, and for a day after it. */
export const keptSince = async (warehouse: Warehouse, now: number): Promise<KeptSince[]> =>
  (await keptIn(warehouse)).map(({ table, column, days }) => ({
    table,
    column,
    since: now - days * DAY_MS + MARGIN_MS,
  }));
