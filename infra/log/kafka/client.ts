import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type ISocketFactory, Kafka, logLevel } from 'kafkajs';
import { patchKafkajs } from './kafkajs-patch.ts';
import type { KafkaOptions } from './options.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 60_000;
/** First byte of a TLS alert. As the first byte of a Kafka response it would announce hundreds of megabytes. */
const TLS_ALERT = 0x15;
const DESTROYED = 'closed by this process, which is stopping';

/** The Kafka client that all parts of a log use. */
export interface Client {
  readonly kafka: Kafka;
  /** for error messages */
  readonly address: string;
  /** Destroys all sockets and refuses new ones: requests under way fail. */
  destroy(): void;
}

export function createClient({ brokers, sasl, tls }: KafkaOptions): Client {
  patchKafkajs();
  const sockets = new Set<Socket>();
  let isDestroyed = false;
  const kafka = new Kafka({
    brokers: () => (isDestroyed ? [] : [...brokers]), // without brokers, kafkajs does not retry
    clientId: 'epochlog',
    ...(sasl && { sasl }),
    ...(tls && { ssl: tls }),
    socketFactory: (target) => {
      if (isDestroyed) throw new Error(DESTROYED);
      const socket = connect(target);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return socket;
    },
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { initialRetryTime: 50, factor: 0.2, multiplier: 2, maxRetryTime: 500, retries: 5 },
    logLevel: logLevel.NOTHING, // errors are thrown, and logged by the caller
  });
  return {
    kafka,
    address: brokers.join(','),
    destroy() {
      isDestroyed = true;
      for (const socket of sockets) socket.destroy(new Error(DESTROYED));
    },
  };
}

function connect({ host, port, ssl, onConnect }: Parameters<ISocketFactory>[0]): Socket {
  const server = { host, port, noDelay: true }; // requests are pipelined
  const socket = ssl
    ? connectTls({ ...server, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
    : connectTcp(server, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  if (!ssl) socket.once('data', (response: Buffer) => refuseTls(socket, response));
  return socket;
}

/** Fails a plaintext connection to a TLS listener: kafkajs would wait for the rest of a response. */
function refuseTls(socket: Socket, response: Buffer): void {
  if (response[0] !== TLS_ALERT) return;
  socket.destroy(Object.assign(new Error('the broker speaks TLS'), { code: 'EPROTO' }));
}
