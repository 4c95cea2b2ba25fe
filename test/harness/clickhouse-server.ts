import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startEngine } from '../../infra/warehouse/embedded/start.ts';
import { temporaryFolder } from './folder.ts';

/** A ClickHouse that is reached by a URL and lets in one user. */
export interface ClickHouseServer extends AsyncDisposable {
  url: string;
  username: string;
  password: string;
  /** of the engine's process */
  readonly pid: number | undefined;
}

interface ServerOptions {
  /** key and certificate, in PEM: then it speaks TLS */
  tls?: { key: string; cert: string };
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * ClickHouse's engine behind TCP. There is no server to be had from a package registry, so this is the embedded one:
 * all but the users is real, and these are one user, whom the door knows as ClickHouse's own would.
 */
export async function startClickHouseServer({ tls }: ServerOptions = {}): Promise<ClickHouseServer> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder('clickhouse'));
  const engine = await startEngine(join(folder.path, 'warehouse'), silent);
  stack.defer(() => engine.stop());
  const [username, password] = ['epochlog', 'correct horse'];
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const door = (incoming: IncomingMessage, response: ServerResponse) =>
    incoming.headers.authorization === expected
      ? pass(incoming, response, engine.socketPath)
      : refuse(incoming, response);
  const server = tls ? createTlsServer(tls, door) : createServer({ maxHeaderSize: 4 << 20 }, door);
  server.keepAliveTimeout = 600_000;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  stack.defer(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  const started = stack.move();
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    username,
    password,
    get pid() {
      return engine.pid;
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

function pass(incoming: IncomingMessage, response: ServerResponse, socketPath: string): void {
  const { method, url, headers } = incoming;
  const outgoing = request({ socketPath, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  outgoing.on('error', () => response.destroy()); // the engine is gone: so is the connection
  incoming.pipe(outgoing);
}

/** As ClickHouse does it since version 23. */
function refuse(incoming: IncomingMessage, response: ServerResponse): void {
  incoming.resume();
  response.setHeader('x-clickhouse-exception-code', 516);
  response
    .writeHead(403)
    .end(
      'Code: 516. DB::Exception: epochlog: Authentication failed: password is incorrect, or there is no user with ' +
        'such name. (AUTHENTICATION_FAILED) (version 26.7.2.1)',
    );
}
