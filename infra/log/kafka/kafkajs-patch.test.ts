import { once } from 'node:events';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { onLostConnection, patchKafkajs } from './kafkajs-patch.ts';

const CONNECT_TIMEOUT_MS = 20;

test('a socket that connects after its timeout does not count as a connection, and the next one is used', async () => {
  patchKafkajs();
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = connectionTo((server.address() as AddressInfo).port);

  const late = connection.connect();
  blockEventLoop(2 * CONNECT_TIMEOUT_MS); // the timer is due before the socket is looked at
  await expect(late).rejects.toThrow('Connection timeout');
  await sleep(CONNECT_TIMEOUT_MS);
  expect(connection.isConnected()).toBe(false);

  await connection.connect();
  expect(connection.isConnected()).toBe(true);
  expect(connection.socket).toBeDefined();
  await connection.disconnect();
});

test('a connection that is closed while it connects fails at once', async () => {
  patchKafkajs();
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = connectionTo((server.address() as AddressInfo).port, 60_000);

  const connected = connection.connect();
  await connection.disconnect();
  await expect(connected).rejects.toThrow('closed while it connected');
  expect(connection.isConnected()).toBe(false);
});

test('a connection that its broker closes is made known, and one that this process closes is not', async () => {
  patchKafkajs();
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = connectionTo((server.address() as AddressInfo).port, 60_000);
  let lost = 0;
  const stop = onLostConnection(() => {
    lost += 1;
  });

  await connection.connect();
  await connection.disconnect();
  await sleep(CONNECT_TIMEOUT_MS);
  expect(lost).toBe(0);

  const accepting = once(server, 'connection') as Promise<[Socket]>;
  await connection.connect();
  (await accepting)[0].destroy();
  await expect.poll(() => lost).toBe(1);
  stop();
});

interface Connection {
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  isConnected(): boolean;
  socket: unknown;
}

function connectionTo(port: number, connectionTimeout = CONNECT_TIMEOUT_MS): Connection {
  const require = createRequire(import.meta.url);
  const Connection = require('kafkajs/src/network/connection.js');
  const { createLogger, LEVELS } = require('kafkajs/src/loggers');
  const socketFactory = require('kafkajs/src/network/socketFactory.js')();
  const logger = createLogger({ level: LEVELS.NOTHING, logCreator: () => () => {} });
  return new Connection({
    host: '127.0.0.1',
    port,
    logger,
    socketFactory,
    connectionTimeout,
    requestTimeout: 1_000,
  });
}

function blockEventLoop(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}
