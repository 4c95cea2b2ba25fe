import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Cluster, type ISocketFactory, Kafka, logLevel, PartitionAssigners } from 'kafkajs';
import { mendConnections } from './mended-connections.ts';
import type { KafkaOptions } from './options.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 60_000;
/** With this byte begins what speaks TLS; as the size of an answer of Kafka's it would mean hundreds of megabytes. */
const TLS_ALERT = 0x15;
const CUT = 'given up by this process, which ends';

/** What the parts of a log know of the cluster. */
export interface Client {
  readonly kafka: Kafka;
  /** for messages */
  readonly address: string;
  /** Ends all connections, and lets none be made any more: what is under way fails. */
  cut(): void;
}

export function createClient({ brokers, sasl, tls }: KafkaOptions): Client {
  mendConnections();
  const sockets = new Set<Socket>();
  let isCut = false;
  const kafka = new Kafka({
    brokers: () => (isCut ? [] : [...brokers]), // with none to go to, kafkajs does not try again
    clientId: 'epochlog',
    ...(sasl && { sasl }),
    ...(tls && { ssl: tls }),
    socketFactory: (place) => {
      if (isCut) throw new Error(CUT);
      const socket = connect(place);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return socket;
    },
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { initialRetryTime: 50, factor: 0.2, multiplier: 2, maxRetryTime: 500, retries: 5 },
    logLevel: logLevel.NOTHING, // what matters comes as an error
  });
  return {
    kafka,
    address: brokers.join(','),
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy(new Error(CUT));
    },
  };
}

function connect({ host, port, ssl, onConnect }: Parameters<ISocketFactory>[0]): Socket {
  const server = { host, port, noDelay: true }; // requests follow each other before they are answered
  const socket = ssl
    ? connectTls({ ...server, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
    : connectTcp(server, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  if (!ssl) socket.once('data', (answer: Buffer) => refuseTls(socket, answer));
  return socket;
}

/** Fails a connection on which the other side speaks TLS: kafkajs would wait for the rest of an answer. */
function refuseTls(socket: Socket, answer: Buffer): void {
  if (answer[0] !== TLS_ALERT) return;
  socket.destroy(Object.assign(new Error('the broker speaks TLS'), { code: 'ERR_TLS_REQUIRED' }));
}

/** Which records of transactions are to be seen. */
export type Isolation = 'committed' | 'uncommitted';

/**
 * Connections of their own to the brokers, on which single requests can be sent. kafkajs shows its cluster to those
 * who assign partitions, and to nobody else; no group is joined.
 */
export function openCluster({ kafka }: Client, isolation: Isolation): Cluster {
  let opened: Cluster | undefined;
  kafka.consumer({
    groupId: 'none',
    allowAutoTopicCreation: false,
    readUncommitted: isolation === 'uncommitted',
    partitionAssigners: [
      (config) => {
        opened = config.cluster;
        return PartitionAssigners.roundRobin(config);
      },
    ],
  });
  return opened!;
}
