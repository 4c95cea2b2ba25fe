import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type EngineOptions, type EngineProcess, startEngine } from '../../infra/warehouse/embedded/start.ts';
import { openAuthProxy, type Upstream } from './auth-proxy.ts';
import type { Certificate } from './certificates.ts';
import { temporaryFolder } from './folder.ts';

/** A ClickHouse that is reached by a URL and lets in one user. */
export interface ClickHouseServer extends AsyncDisposable {
  url: string;
  username: string;
  password: string;
  /** what a command needs in its environment to use it */
  environment: Record<string, string>;
  /** of the engine's process */
  readonly pid: number | undefined;
}

interface ServerOptions extends Pick<EngineOptions, 'memoryBytes'> {
  /** then it speaks TLS */
  tls?: Certificate;
  /** of its tables; by default a temporary one */
  folder?: string;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * There is no ClickHouse server to be had from a package registry, so this is the embedded one, at an address that stays
 * when it is started again, with or without TLS, and with one user, whom the auth proxy authenticates as ClickHouse does.
 */
export async function startClickHouseServer({
  tls,
  folder,
  memoryBytes,
}: ServerOptions = {}): Promise<ClickHouseServer> {
  await using stack = new AsyncDisposableStack();
  const directory = folder ?? join(stack.use(await temporaryFolder('clickhouse')).path, 'warehouse');
  const engine = await startEngine(directory, silent, { memoryBytes });
  stack.defer(() => engine.stop());
  const [username, password] = ['epochlog', 'correct horse'];
  const proxy = await openAuthProxy(() => asOwner(engine), { username, password, tls, refuse });
  stack.use(proxy);
  const started = stack.move();
  return {
    url: proxy.url,
    username,
    password,
    environment: {
      EPOCHLOG_CLICKHOUSE: proxy.url,
      EPOCHLOG_CLICKHOUSE_USER: username,
      EPOCHLOG_CLICKHOUSE_PASSWORD: password,
    },
    get pid() {
      return engine.pid;
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** The project's own user of the engine. */
function asOwner(engine: EngineProcess): Upstream {
  const { url, username, password, embedded } = engine.current();
  const { hostname: host, port } = new URL(url);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return { host, port, headers: { ...embedded?.headers, authorization } };
}

/** As ClickHouse does it since version 23. */
function refuse(response: ServerResponse): void {
  response.setHeader('x-clickhouse-exception-code', 516);
  response
    .writeHead(403)
    .end(
      'Code: 516. DB::Exception: epochlog: Authentication failed: password is incorrect, or there is no user with ' +
        'such name. (AUTHENTICATION_FAILED) (version 26.7.2.1)',
    );
}
