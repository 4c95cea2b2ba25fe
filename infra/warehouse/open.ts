import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { ClickHouse, checkedName, type Endpoint, placeOf, type Server } from './clickhouse.ts';
import { isForbidden, warehouseError } from './errors.ts';

/**
 * The oldest version that will do. Since 24.8 a deduplication token holds in materialized views whatever the block
 * becomes there, and the database engine `Replicated` takes tables as they are made here.
 */
const OLDEST = [24, 8] as const;
/** A server that is there answers a question as simple as its version at once. */
const PATIENCE_MS = 10_000;

/**
 * A database of a ClickHouse, created where it is missing. WAREHOUSE_UNAVAILABLE when nothing answers there;
 * CONFIG_INVALID for a server that is too old, does not let the user in or create the database, whose certificate is
 * not to be trusted, or where the database is of the wrong kind.
 */
export async function openClickHouse(endpoint: Endpoint, database: string): Promise<Warehouse> {
  if ('url' in endpoint) await assertVersion(endpoint);
  const server = new ClickHouse(endpoint, 'default');
  try {
    await ensureDatabase(server, endpoint, checkedName(database));
  } finally {
    await server.close();
  }
  return new ClickHouse(endpoint, database);
}

/** Asked without any setting: an old server knows none of ours. */
async function assertVersion({ url, username = 'default', password = '', signal }: Server): Promise<void> {
  const log = { level: ClickHouseLogLevel.OFF };
  const place = placeOf({ url, username });
  const client = createClient({ url, username, password, request_timeout: PATIENCE_MS, log });
  try {
    const result = await client.query({
      query: 'SELECT version() AS version',
      format: 'JSONEachRow',
      ...(signal && { abort_signal: signal }),
    });
    const [row] = await result.json<{ version: string }>();
    const [, year, month] = /^(\d+)\.(\d+)/.exec(row?.version ?? '')?.map(Number) ?? [];
    if (year === undefined || month === undefined) throw new SyntaxError('it does not tell its version');
    if (year > OLDEST[0] || (year === OLDEST[0] && month >= OLDEST[1])) return;
    const message = `${place.name} is of version ${row?.version}: install ${OLDEST.join('.')} or later`;
    throw new EpochlogError('CONFIG_INVALID', message);
  } catch (error) {
    throw warehouseError(error, place);
  } finally {
    await client.close();
  }
}

async function ensureDatabase(server: ClickHouse, endpoint: Endpoint, database: string): Promise<void> {
  const wanted = 'url' in endpoint && endpoint.replicated ? 'Replicated' : 'Atomic';
  const create = `CREATE DATABASE IF NOT EXISTS ${database} ENGINE = ${
    wanted === 'Atomic' ? wanted : `Replicated('/clickhouse/databases/${database}', '{shard}', '{replica}')`
  }`;
  const { name, user } = placeOf(endpoint);
  const refused = (what: string) => new EpochlogError('CONFIG_INVALID', `${name}: ${what}`);
  const engine = await engineOf(server, database);
  if (engine === undefined) {
    await server.command(create).catch((error: unknown) => {
      if (!isForbidden(error)) throw error;
      throw refused(
        `there is no database ${database} that '${user}' may use, nor may it be created: \`${create}\` as one who may, ` +
          `and \`GRANT ALL ON ${database}*.* TO ${user}\``,
      );
    });
  } else if ((engine === 'Replicated') !== (wanted === 'Replicated')) {
    throw refused(
      `the database ${database} is ${engine}, not ${wanted}: set EPOCHLOG_CLICKHOUSE_REPLICATED to ` +
        `${engine === 'Replicated'}, or name another in EPOCHLOG_CLICKHOUSE_DATABASE`,
    );
  }
}

/** The engine of a database; undefined when there is none, or none that the user may know of. */
async function engineOf(server: ClickHouse, database: string): Promise<string | undefined> {
  const sql = 'SELECT engine FROM system.databases WHERE name = {database:String}';
  return (await server.query<{ engine: string }>(sql, { database }))[0]?.engine;
}
