import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificates.ts';

/** An HTTP proxy with basic authentication in front of a server. */
export interface AuthProxy extends AsyncDisposable {
  /** base URL, without a path */
  url: string;
}

export interface AuthProxyOptions {
  /** the only user */
  username: string;
  password: string;
  /** with it, the proxy speaks TLS */
  tls?: Certificate | undefined;
  /** Answers requests of other users. */
  refuse(response: ServerResponse): void;
}

/** A server, and what it wants in the headers of requests. */
export interface Upstream {
  host: string;
  port: string;
  headers?: Readonly<Record<string, string>>;
}

/** Forwards the requests of one user to where the server is now. */
export async function openAuthProxy(
  upstream: () => Upstream,
  { username, password, tls, refuse }: AuthProxyOptions,
): Promise<AuthProxy> {
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const answer = (incoming: IncomingMessage, response: ServerResponse) => {
    if (incoming.headers.authorization === expected) return forward(incoming, response, upstream());
    incoming.resume();
    refuse(response);
  };
  const options = { maxHeaderSize: 4 << 20 };
  const server = tls ? createTlsServer({ ...options, ...tls }, answer) : createServer(options, answer);
  server.keepAliveTimeout = 600_000;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  { host, port, headers }: Upstream,
): void {
  const { method, url } = incoming;
  const options = { host, port, method, path: url, headers: { ...incoming.headers, ...headers } };
  const outgoing = request(options, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  outgoing.on('error', () => response.destroy()); // the server has closed the connection
  incoming.pipe(outgoing);
}
