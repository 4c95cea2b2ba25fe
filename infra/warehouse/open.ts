import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { ClickHouse, checkedName } from './clickhouse.ts';
import { type Endpoint, placeOf, type Server } from './connection.ts';
import { isForbidden, warehouseError } from './errors.ts';

/**
 * The minimum version. Since 24.8 a deduplication token is valid in materialized views too, and the database engine
 * `Replicated` accepts the tables of the projections.
 */
const OLDEST = [24, 8] as const;
/** Timeout of the query for the version. */
const PATIENCE_MS = 10_000;

/**
 * Opens a database, and creates it if it is missing. WAREHOUSE_UNAVAILABLE when the endpoint does not respond;
 * CONFIG_INVALID when the server is too old or its certificate untrusted, the user may not log in or create the database,
 * or the database has the wrong engine.
 */
export async function openClickHouse(where: Endpoint | Server, database: string): Promise<Warehouse> {
  const endpoint: Endpoint = 'url' in where ? { current: () => where } : where;
  if ('url' in where) await assertVersion(where);
  const server = new ClickHouse(endpoint, 'default');
  try {
    await ensureDatabase(server, endpoint.current(), checkedName(database));
  } finally {
    await server.close();
  }
  return new ClickHouse(endpoint, database);
}

/** Queried without settings: an old server would refuse them. */
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

async function ensureDatabase(clickhouse: ClickHouse, server: Server, database: string): Promise<void> {
  const wanted = server.replicated ? 'Replicated' : 'Atomic';
  const create = `CREATE DATABASE IF NOT EXISTS ${database} ENGINE = ${
    wanted === 'Atomic' ? wanted : `Replicated('/clickhouse/databases/${database}', '{shard}', '{replica}')`
  }`;
  const { name, user } = placeOf(server);
  const refused = (what: string) => new EpochlogError('CONFIG_INVALID', `${name}: ${what}`);
  const engine = await engineOf(clickhouse, database);
  if (engine === undefined) {
    await clickhouse.command(create).catch((error: unknown) => {
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

/** The engine of a database; undefined when it does not exist, or the user may not see it. */
async function engineOf(clickhouse: ClickHouse, database: string): Promise<string | undefined> {
  const sql = 'SELECT engine FROM system.databases WHERE name = {database:String}';
  return (await clickhouse.query<{ engine: string }>(sql, { database }))[0]?.engine;
}
