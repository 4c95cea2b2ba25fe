import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import kafkajs from 'kafkajs';
import { Silence } from './silence.ts';

/** A connection of kafkajs to one broker, over one socket after the other. */
interface Connection {
  isConnected(): boolean;
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  socket: Socket | undefined;
  host: string;
  port: number;
  requestQueue: { inflight: ReadonlyMap<number, unknown> };
  /** what has come of an answer that is not complete, and how much of it is needed to go on */
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
}

/** The size of an answer, which is before it. */
const SIZE_BYTES = 4;

/**
 * Mends the connections of kafkajs 2.2.4:
 *
 * - It opens a socket for every request that meets a closed connection, and forgets all but the last of them: requests
 *   that are made together leave sockets open that nobody closes, and the process does not end. Here they wait for the
 *   same one.
 * - It keeps the part of an answer that came before the connection was lost, and takes what comes by the next one for
 *   the rest of it: no later answer is understood. Here each socket begins with an answer of its own.
 * - It goes on listening to a socket that it has given up: what comes late mixes with what comes by the next one, and
 *   its end ends that one. Here a socket that is given up is destroyed.
 * - It waits for a broker that does not answer on each connection anew. Here all know what one has found.
 */
export function mendConnections(): void {
  const { prototype }: { prototype: Connection } = require('kafkajs/src/network/connection.js');
  if (mended.has(prototype)) return;
  mended.add(prototype);
  const { connect, disconnect } = prototype;
  const underWay = new WeakMap<Connection, Promise<unknown>>();

  const connectAnew = async (connection: Connection) => {
    const address = `${connection.host}:${connection.port}`;
    if (silence.avoids(address)) {
      throw new kafkajs.KafkaJSConnectionError('the broker does not answer', { broker: address });
    }
    connection.chunks = [];
    connection.bytesBuffered = 0;
    connection.bytesNeeded = SIZE_BYTES;
    const connecting = connect.call(connection);
    const { socket, requestQueue } = connection;
    if (socket) silence.watch(address, socket, () => requestQueue.inflight.size > 0);
    return connecting;
  };

  prototype.connect = async function (this: Connection) {
    if (this.isConnected()) return true;
    const connecting = underWay.get(this) ?? connectAnew(this).finally(() => underWay.delete(this));
    underWay.set(this, connecting);
    return connecting;
  };

  prototype.disconnect = async function (this: Connection) {
    const { socket } = this;
    const done = await disconnect.call(this);
    socket?.destroySoon();
    if (this.socket === socket) this.socket = undefined; // else each of many calls would wait for its end
    return done;
  };
}

const require = createRequire(import.meta.url);
const mended = new WeakSet<Connection>();
const silence = new Silence();
