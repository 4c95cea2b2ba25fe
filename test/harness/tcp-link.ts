import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What becomes of answers: cut off, or silence on a connection that stays. */
type Failing = 'cut' | 'cut once' | 'silent';

/** A network between a client and a server on the loopback, which can fail. */
export interface TcpLink extends AsyncDisposable {
  /** where the client reaches the server */
  readonly url: string;
  readonly port: number;
  /** connections made so far */
  readonly connections: number;
  /** Fails once so many more bytes of answers have come through, on every connection, until it is mended. */
  fail(how: Failing, afterBytes?: number): void;
  /** Answers take so many milliseconds longer, until it is mended. */
  delay(ms: number): void;
  mend(): void;
}

/** A link to what answers at a base URL, or on a unix socket. */
export async function openLink(target: string | { socketPath: string }): Promise<TcpLink> {
  const connectUpstream = () => {
    if (typeof target !== 'string') return connect(target.socketPath);
    const { hostname, port } = new URL(target);
    return connect(Number(port), hostname);
  };
  const sockets = new Set<Socket>();
  let connections = 0;
  let failing: Failing | undefined;
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
    if (!failing) return void client.write(chunk);
    if (bytesLeft > 0) client.write(chunk.subarray(0, bytesLeft));
    bytesLeft = Math.max(0, bytesLeft - chunk.length);
    if (bytesLeft > 0 || failing === 'silent') return;
    if (failing === 'cut once') failing = undefined;
    client.resetAndDestroy();
  };
  const server = createServer((client) => {
    connections++;
    const upstream = connectUpstream();
    track(client, upstream);
    track(upstream, client);
    client.pipe(upstream);
    let last = Promise.resolve(); // what is late stays in its order
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
      failing = how;
      bytesLeft = afterBytes;
    },
    delay(ms) {
      delayMs = ms;
    },
    mend() {
      failing = undefined;
      delayMs = 0;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
