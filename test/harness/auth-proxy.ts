import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificates.ts';

/** A server's front, as a proxy is before it. */
export interface Door extends AsyncDisposable {
  /** where it is, without a path */
  url: string;
}

export interface DoorOptions {
  /** the one who is let in */
  username: string;
  password: string;
  /** then it speaks TLS */
  tls?: Certificate | undefined;
  /** What others are answered. */
  refuse(response: ServerResponse): void;
}

/** Lets one user through to what listens at a base URL or on a unix socket. */
export async function openDoor(
  target: { host: string; port: string } | { socketPath: string },
  { username, password, tls, refuse }: DoorOptions,
): Promise<Door> {
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const answer = (incoming: IncomingMessage, response: ServerResponse) => {
    if (incoming.headers.authorization === expected) return pass(incoming, response, target);
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

function pass(incoming: IncomingMessage, response: ServerResponse, target: object): void {
  const { method, url, headers } = incoming;
  const outgoing = request({ ...target, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  outgoing.on('error', () => response.destroy()); // the server is gone: so is the connection
  incoming.pipe(outgoing);
}
