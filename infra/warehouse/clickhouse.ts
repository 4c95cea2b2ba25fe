import { Agent } from 'node:http';
import { ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client';
import { EpochlogError } from '../../kernel/errors.ts';
import type { QueryLimits, Warehouse } from '../../kernel/ports/warehouse.ts';
import { warehouseError } from './errors.ts';

/** Where a ClickHouse answers its HTTP interface: a server somewhere, or a process of this machine. */
export type Endpoint = { url: string; username?: string; password?: string } | { socketPath: string };

type Client = ReturnType<typeof createClient>;

const REQUEST_TIMEOUT_MS = 300_000;
const CONNECTIONS = 10;

/** One meaning of dates and large numbers everywhere, whatever the server's own profile or time zone. */
const REPRESENTATION: ClickHouseSettings = {
  date_time_input_format: 'best_effort',
  date_time_output_format: 'iso',
  output_format_json_quote_64bit_integers: 0,
  session_timezone: 'UTC',
};

/** A block is what ClickHouse writes atomically: these make one of all the rows of an insert (up to 256 MB). */
const ONE_BLOCK: ClickHouseSettings = {
  async_insert: 0,
  max_threads: 1,
  input_format_parallel_parsing: 0,
  deduplicate_blocks_in_dependent_materialized_views: 1,
};

function connect(endpoint: Endpoint, database: string): Client {
  const settings = {
    database,
    request_timeout: REQUEST_TIMEOUT_MS,
    clickhouse_settings: REPRESENTATION,
    log: { level: ClickHouseLogLevel.OFF },
  };
  if ('url' in endpoint)
    return createClient({ ...settings, ...endpoint, compression: { request: true, response: true } });
  const agent = { keepAlive: true, maxSockets: CONNECTIONS, socketPath: endpoint.socketPath };
  return createClient({ ...settings, url: 'http://localhost', http_agent: new Agent(agent) });
}

const readOnly = (limits: QueryLimits): ClickHouseSettings => ({
  max_execution_time: limits.seconds,
  max_result_rows: String(limits.resultRows),
  max_memory_usage: String(limits.memoryBytes),
  readonly: '1',
});

/** Databases are named `epochlog…`: the embedded engine grants no other, and the name needs no quoting. */
function checkedName(database: string): string {
  if (/^epochlog\w*$/.test(database)) return database;
  throw new EpochlogError(
    'CONFIG_INVALID',
    `a database must be named epochlog…, of letters, digits and _: ${database}`,
  );
}

class ClickHouse implements Warehouse {
  readonly database: string;
  readonly #endpoint: Endpoint;
  readonly #client: Client;

  constructor(endpoint: Endpoint, database: string) {
    this.database = database;
    this.#endpoint = endpoint;
    this.#client = connect(endpoint, database);
  }

  async query<Row>(
    sql: string,
    params?: Readonly<Record<string, unknown>>,
    limits?: QueryLimits,
  ): Promise<Row[]> {
    return this.#attempt(async () => {
      const result = await this.#client.query({
        query: sql,
        format: 'JSONEachRow',
        ...(params && { query_params: { ...params } }),
        ...(limits && { clickhouse_settings: readOnly(limits) }),
      });
      return result.json<Row>();
    });
  }

  async insert(table: string, rows: readonly object[], token: string): Promise<void> {
    if (rows.length === 0) return;
    await this.#attempt(() =>
      this.#client.insert({
        table,
        values: rows,
        format: 'JSONEachRow',
        clickhouse_settings: { ...ONE_BLOCK, insert_deduplication_token: token },
      }),
    );
  }

  async command(sql: string, params?: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#attempt(() =>
      this.#client.command({ query: sql, ...(params && { query_params: { ...params } }) }),
    );
  }

  async scratch(database: string): Promise<Warehouse> {
    const drop = `DROP DATABASE IF EXISTS ${checkedName(database)} SYNC`;
    await this.command(drop);
    await this.command(`CREATE DATABASE ${database} ENGINE = Atomic`);
    const scratch = new ClickHouse(this.#endpoint, database);
    const close = scratch.close.bind(scratch);
    scratch.close = async () => {
      await close();
      await this.command(drop);
    };
    return scratch;
  }

  async ping(): Promise<void> {
    await this.query('SELECT 1');
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #attempt<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw warehouseError(error);
    }
  }
}

/**
 * A database of a ClickHouse, created where it is missing. WAREHOUSE_UNAVAILABLE when nothing answers there.
 * The same adapter serves a server and the embedded engine.
 */
export async function openClickHouse(endpoint: Endpoint, database: string): Promise<Warehouse> {
  const server = new ClickHouse(endpoint, 'default');
  await server
    .command(`CREATE DATABASE IF NOT EXISTS ${checkedName(database)} ENGINE = Atomic`)
    .finally(() => server.close());
  return new ClickHouse(endpoint, database);
}
