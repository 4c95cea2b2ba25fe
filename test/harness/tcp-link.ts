import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Connections are reset, or stay open and drop all responses. */
type Failure = 'reset' | 'reset once' | 'unresponsive';

/** A TCP proxy on the loopback whose network can fail. */
export interface TcpLink extends AsyncDisposable {
  /** for the client */
  readonly url: string;
  readonly port: number;
  /** connections made so far */
  readonly connections: number;
  /** Fails after `afterBytes` more bytes of responses, on every connection, until `heal`. */
  fail(how: Failure, afterBytes?: number): void;
  /** Delays responses until `heal`. */
  delay(ms: number): void;
  heal(): void;
}

/** A link to the server at a base URL. */
export async function openLink(target: string): Promise<TcpLink> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let connections = 0;
  let failure: Failure | undefined;
  let bytesLeft = 0;
  let delayMs = 0;

  const track = (socket: Socket, other: Socket) => {
    sockets.add(socket);
    socket.on('error', () => other.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
  };
  const forward = (chunk: Buffer, client: Socket) => {
    if (!failure) return void client.write(chunk);
    if (bytesLeft > 0) client.write(chunk.subarray(0, bytesLeft));
    bytesLeft = Math.max(0, bytesLeft - chunk.length);
    if (bytesLeft > 0 || failure === 'unresponsive') return;
    if (failure === 'reset once') failure = undefined;
    client.resetAndDestroy();
  };
  const server = createServer((client) => {
    connections++;
    const upstream = connect(Number(port), hostname);
    track(client, upstream);
    track(upstream, client);
    client.pipe(upstream);
    let last = Promise.resolve(); // delayed chunks stay in order
    upstream.on('data', (chunk) => {
      if (delayMs > 0) last = Promise.all([last, sleep(delayMs)]).then(() => forward(chunk, client));
      else last = last.then(() => forward(chunk, client));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${own}`,
    port: own,
    get connections() {
      return connections;
    },
    fail(how, afterBytes = 0) {
      failure = how;
      bytesLeft = afterBytes;
    },
    delay(ms) {
      delayMs = ms;
    },
    heal() {
      failure = undefined;
      delayMs = 0;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
