import { createRequire } from 'node:module';

/** A connection of kafkajs to one broker. */
interface Connection {
  connect(): Promise<unknown>;
}

/**
 * kafkajs 2.2.4 opens a socket for every request that meets a closed connection, and forgets all but the last of them:
 * requests that are made together leave sockets open that nobody closes, and the process does not end. This lets them
 * wait for the same one.
 */
export function connectOnce(): void {
  const { prototype }: { prototype: Connection } = require('kafkajs/src/network/connection.js');
  if (patched.has(prototype)) return;
  patched.add(prototype);
  const { connect } = prototype;
  const underWay = new WeakMap<Connection, Promise<unknown>>();
  prototype.connect = function (this: Connection) {
    const connecting = underWay.get(this) ?? connect.call(this).finally(() => underWay.delete(this));
    underWay.set(this, connecting);
    return connecting;
  };
}

const require = createRequire(import.meta.url);
const patched = new WeakSet<Connection>();
