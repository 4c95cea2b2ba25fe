import { ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client';
import type { Place } from './errors.ts';

interface Credentials {
  username?: string;
  password?: string;
}

/** The HTTP interface of a ClickHouse. */
export interface Server extends Credentials {
  url: string;
  /** the user of SQL that users wrote; by default the same */
  analyst?: Credentials | undefined;
  /** of the engine of this machine: headers without which it does not answer */
  embedded?: { headers: Readonly<Record<string, string>> };
  /** whether databases and tables are created as `Replicated` */
  replicated?: boolean;
  /** idle timeout of a request in milliseconds; default five minutes */
  timeoutMs?: number;
  /** cancels running requests */
  signal?: AbortSignal | undefined;
}

/** Where a ClickHouse answers now: the embedded engine moves when it is started again. */
export interface Endpoint {
  /** The same object as before, unless it has moved. Throws WAREHOUSE_UNAVAILABLE while it is nowhere. */
  current(): Server;
}

export type Client = ReturnType<typeof createClient>;

const REQUEST_TIMEOUT_MS = 300_000;
export const CONNECTIONS = 10;

/** Fixed formats of dates and large numbers, independent of the server's profile and time zone. */
const REPRESENTATION: ClickHouseSettings = {
  date_time_input_format: 'best_effort',
  date_time_output_format: 'iso',
  output_format_json_quote_64bit_integers: 0,
  session_timezone: 'UTC',
};

/** The name of a server in messages. */
export const placeOf = ({ url, username = 'default', embedded }: Server): Place =>
  embedded ? { name: 'the warehouse' } : { name: `ClickHouse at ${new URL(url).origin}`, user: username };

interface Connected {
  server: Server;
  /** of the project's own statements */
  own: Client;
  /** of SQL that users wrote: it has connections of its own */
  users: Client;
}

/** The clients of an endpoint, for one database. */
export class Connection {
  readonly #endpoint: Endpoint;
  readonly #database: string;
  #connected: Connected | undefined;

  constructor(endpoint: Endpoint, database: string) {
    this.#endpoint = endpoint;
    this.#database = database;
  }

  /** Clients of where the endpoint is now. WAREHOUSE_UNAVAILABLE while it is nowhere. */
  get(): Connected {
    const server = this.#endpoint.current();
    if (server !== this.#connected?.server) {
      void this.close();
      const own = connect(server, this.#database);
      const users = connect({ ...server, ...server.analyst }, this.#database);
      this.#connected = { server, own, users };
    }
    return this.#connected;
  }

  async close(): Promise<void> {
    await Promise.all([this.#connected?.own.close(), this.#connected?.users.close()]);
  }
}

function connect(server: Server, database: string): Client {
  const { url, username, password, embedded, timeoutMs = REQUEST_TIMEOUT_MS } = server;
  return createClient({
    url,
    ...(username && { username }),
    ...(password && { password }),
    database,
    max_open_connections: CONNECTIONS,
    request_timeout: timeoutMs,
    clickhouse_settings: { ...REPRESENTATION }, // a copy: the client adds the settings of the URL
    log: { level: ClickHouseLogLevel.OFF },
    ...(embedded
      ? { http_headers: { ...embedded.headers } }
      : { compression: { request: true, response: true } }),
  });
}
