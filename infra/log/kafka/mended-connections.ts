import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

/** A connection of kafkajs to one broker, over one socket after the other. */
interface Connection {
  isConnected(): boolean;
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  socket?: Socket;
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
 */
export function mendConnections(): void {
  const { prototype }: { prototype: Connection } = require('kafkajs/src/network/connection.js');
  if (mended.has(prototype)) return;
  mended.add(prototype);
  const { connect, disconnect } = prototype;
  const underWay = new WeakMap<Connection, Promise<unknown>>();

  prototype.connect = function (this: Connection) {
    if (!this.isConnected() && !underWay.has(this)) {
      this.chunks = [];
      this.bytesBuffered = 0;
      this.bytesNeeded = SIZE_BYTES;
    }
    const connecting = underWay.get(this) ?? connect.call(this).finally(() => underWay.delete(this));
    underWay.set(this, connecting);
    return connecting;
  };

  prototype.disconnect = async function (this: Connection) {
    const { socket } = this;
    const done = await disconnect.call(this);
    socket?.destroySoon();
    return done;
  };
}

const require = createRequire(import.meta.url);
const mended = new WeakSet<Connection>();
