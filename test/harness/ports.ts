import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that the operating system gives to connections: no connection takes one while its server is down. */
const PORTS = { first: 10_000, count: 20_000, ofProcess: 97 };
const HOST = '127.0.0.1';

/**
 * Free TCP ports of the loopback, for servers that may be restarted. No other call gets one of them until this process ends,
 * in this process or in another: it is reserved by the UDP port of the same number, which servers of tests do not use.
 *
 * @param first where the search begins, from 0 to 19,999; by default each process begins elsewhere
 */
export async function freePorts(count: number, first = process.pid * PORTS.ofProcess): Promise<number[]> {
  const ports: number[] = [];
  for (let at = 0; ports.length < count; at++) {
    if (at === PORTS.count) throw new Error(`fewer than ${count} ports from ${PORTS.first} on are free`);
    const port = PORTS.first + ((first + at) % PORTS.count);
    if ((await isReserved(port)) && (await isFree(port))) ports.push(port);
  }
  return ports;
}

/** Reserves a port for this process; false where another has it, or this one has given it away. */
async function isReserved(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    await once(socket.bind({ port, address: HOST, exclusive: true }), 'listening');
    socket.unref();
    return true;
  } catch {
    return false; // a socket that cannot be bound is closed
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, HOST), 'listening');
  } catch {
    return false;
  }
  await new Promise((resolve) => server.close(resolve));
  return true;
}
