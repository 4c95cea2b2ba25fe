import { Agent } from 'node:http';
import { ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client';
import { EpochlogError } from '../../kernel/errors.ts';
import type { InsertOptions, QueryLimits, Warehouse } from '../../kernel/ports/warehouse.ts';
import { type Place, warehouseError } from './errors.ts';
import { replicated } from './replicated.ts';
import { dropScratches, scratchName } from './scratch.ts';

/** The HTTP endpoint of a ClickHouse: a server, or the embedded engine's process. */
export type Endpoint = Server | { socketPath: string };

export interface Server {
  url: string;
  username?: string;
  password?: string;
  /** whether databases and tables are created as `Replicated` */
  replicated?: boolean;
  /** idle timeout of a request in milliseconds; default five minutes */
  timeoutMs?: number;
  /** cancels running requests */
  signal?: AbortSignal | undefined;
}

type Client = ReturnType<typeof createClient>;

const REQUEST_TIMEOUT_MS = 300_000;
const CONNECTIONS = 10;
/** Age at which an abandoned scratch database is dropped. */
const SCRATCH_KEPT_MS = 24 * 3_600_000;

/** Fixed formats of dates and large numbers, independent of the server's profile and time zone. */
const REPRESENTATION: ClickHouseSettings = {
  date_time_input_format: 'best_effort',
  date_time_output_format: 'iso',
  output_format_json_quote_64bit_integers: 0,
  session_timezone: 'UTC',
};

/** ClickHouse writes a block atomically: these settings make one block of all rows of an insert (up to 256 MB). */
const ONE_BLOCK: ClickHouseSettings = {
  async_insert: 0,
  max_threads: 1,
  input_format_parallel_parsing: 0,
  deduplicate_blocks_in_dependent_materialized_views: 1,
};

/** An insert is acknowledged by a quorum of replicas: else it could be lost with one of them. */
const QUORUM: ClickHouseSettings = { insert_quorum: 'auto', insert_quorum_timeout: 60_000 };

/** A long statement sends progress headers before the idle timeout. */
const PROGRESS: ClickHouseSettings = {
  send_progress_in_http_headers: 1,
  http_headers_progress_interval_ms: '60000',
};

/** DDL does not wait for a replica that is down: the replica applies it when it is back. */
const WITHOUT_WAITING: ClickHouseSettings = { distributed_ddl_output_mode: 'null_status_on_timeout' };

/** User queries have connections of their own. The embedded engine bounds the queue; a server does not. */
const connectForUsers = (endpoint: Endpoint, database: string): Client =>
  connect(endpoint, database, 'url' in endpoint ? CONNECTIONS : Infinity);

function connect(endpoint: Endpoint, database: string, connections = CONNECTIONS): Client {
  const settings = {
    database,
    max_open_connections: connections,
    request_timeout: ('url' in endpoint && endpoint.timeoutMs) || REQUEST_TIMEOUT_MS,
    clickhouse_settings: { ...REPRESENTATION }, // a copy: the client adds the settings of the URL
    log: { level: ClickHouseLogLevel.OFF },
  };
  if ('url' in endpoint) {
    const { url, username, password } = endpoint;
    const credentials = { ...(username && { username }), ...(password && { password }) };
    return createClient({
      ...settings,
      url,
      ...credentials,
      compression: { request: true, response: true },
    });
  }
  const agent = { keepAlive: true, maxSockets: connections, socketPath: endpoint.socketPath };
  return createClient({ ...settings, url: 'http://localhost', http_agent: new Agent(agent) });
}

/** The name of an endpoint in messages. */
export const placeOf = (endpoint: Endpoint): Place =>
  'url' in endpoint
    ? { name: `ClickHouse at ${new URL(endpoint.url).origin}`, user: endpoint.username ?? 'default' }
    : { name: 'the warehouse' };

const readOnly = (limits: QueryLimits): ClickHouseSettings => ({
  max_execution_time: limits.seconds,
  max_result_rows: String(limits.resultRows),
  max_memory_usage: String(limits.memoryBytes),
  readonly: '1',
  default_format: 'JSONEachRow', // EXPLAIN AST would explain the FORMAT clause too
});

/** Databases are named `epochlog…`: the embedded engine grants no other, and the name needs no quoting. */
export function checkedName(database: string): string {
  if (/^epochlog\w*$/.test(database)) return database;
  throw new EpochlogError(
    'CONFIG_INVALID',
    `a database must be named epochlog…, of letters, digits and _: ${database}`,
  );
}

/** A database of a ClickHouse. The same adapter serves a server and the embedded engine. */
export class ClickHouse implements Warehouse {
  readonly database: string;
  readonly #endpoint: Endpoint;
  readonly #place: Place;
  readonly #replicated: boolean;
  readonly #client: Client;
  readonly #users: Client;
  readonly #abortable: { abort_signal?: AbortSignal };

  constructor(endpoint: Endpoint, database: string) {
    this.database = database;
    this.#endpoint = endpoint;
    this.#place = placeOf(endpoint);
    this.#replicated = 'url' in endpoint && endpoint.replicated === true;
    this.#client = connect(endpoint, database);
    this.#users = connectForUsers(endpoint, database);
    this.#abortable = 'url' in endpoint && endpoint.signal ? { abort_signal: endpoint.signal } : {};
  }

  async query<Row>(
    sql: string,
    params?: Readonly<Record<string, unknown>>,
    limits?: QueryLimits,
  ): Promise<Row[]> {
    return this.#attempt(async () => {
      const result = await (limits ? this.#users : this.#client).query({
        query: sql,
        format: 'JSONEachRow',
        ...this.#abortable,
        ...(params && { query_params: { ...params } }),
        ...(limits && { clickhouse_settings: readOnly(limits) }),
      });
      return result.json<Row>();
    });
  }

  async insert(
    table: string,
    rows: readonly object[],
    token: string,
    { inSequence = false }: InsertOptions = {},
  ): Promise<void> {
    if (rows.length === 0) return;
    const quorum: ClickHouseSettings = this.#replicated
      ? { ...QUORUM, insert_quorum_parallel: inSequence ? 0 : 1 }
      : {};
    await this.#attempt(() =>
      this.#client.insert({
        table,
        values: rows,
        format: 'JSONEachRow',
        ...this.#abortable,
        clickhouse_settings: { ...ONE_BLOCK, ...quorum, insert_deduplication_token: token },
      }),
    );
  }

  async command(sql: string, params?: Readonly<Record<string, unknown>>): Promise<void> {
    const query = this.#replicated ? replicated(sql) : sql;
    await this.#attempt(() =>
      this.#client.command({
        query,
        ...this.#abortable,
        ...(params && { query_params: { ...params } }),
        clickhouse_settings: { ...PROGRESS, ...(this.#replicated && { ...QUORUM, ...WITHOUT_WAITING }) },
      }),
    );
  }

  async scratch(name: string): Promise<Warehouse> {
    const oldest = Date.now() - SCRATCH_KEPT_MS;
    await dropScratches(this, ({ prefix, createdAt }) => prefix === name && createdAt < oldest);
    const database = scratchName(checkedName(name));
    await this.command(`CREATE DATABASE ${database} ENGINE = Atomic`);
    const endpoint = 'url' in this.#endpoint ? { ...this.#endpoint, replicated: false } : this.#endpoint;
    const scratch = new ClickHouse(endpoint, database);
    const close = scratch.close.bind(scratch);
    scratch.close = async () => {
      await close();
      await this.#drop(database);
    };
    return scratch;
  }

  async ping(): Promise<void> {
    await this.query('SELECT 1');
  }

  async close(): Promise<void> {
    await Promise.all([this.#client.close(), this.#users.close()]);
  }

  #drop(database: string): Promise<void> {
    return this.command(`DROP DATABASE IF EXISTS ${checkedName(database)} SYNC`);
  }

  async #attempt<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw warehouseError(error, this.#place);
    }
  }
}
