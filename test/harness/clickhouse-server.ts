import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { startEngine } from '../../infra/warehouse/embedded/start.ts';
import { openAuthProxy } from './auth-proxy.ts';
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

interface ServerOptions {
  /** then it speaks TLS */
  tls?: Certificate;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * ClickHouse's engine behind TCP. There is no server to be had from a package registry, so this is the embedded one:
 * all but the users is real, and these are one user, whom the auth proxy authenticates as ClickHouse's own would.
 */
export async function startClickHouseServer({ tls }: ServerOptions = {}): Promise<ClickHouseServer> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder('clickhouse'));
  const engine = await startEngine(join(folder.path, 'warehouse'), silent);
  stack.defer(() => engine.stop());
  const [username, password] = ['epochlog', 'correct horse'];
  const proxy = await openAuthProxy({ socketPath: engine.socketPath }, { username, password, tls, refuse });
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
