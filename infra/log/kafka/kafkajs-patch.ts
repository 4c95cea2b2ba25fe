import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import kafkajs, { type Cluster, type Kafka } from 'kafkajs';
import { CircuitBreaker } from './circuit-breaker.ts';

/** This module and `transaction-coordinator.ts` rely on the internals of kafkajs, and are written for this version. */
const KAFKAJS_VERSION = '2.2.4';

/** A connection of kafkajs to one broker, over one socket after the other. */
interface Connection {
  isConnected(): boolean;
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  socket: Socket | undefined;
  host: string;
  port: number;
  requestQueue: { inflight: ReadonlyMap<number, unknown> };
  /** the parts of an incomplete response, and how many bytes are needed to go on */
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
}

/** The length prefix of a response. */
const SIZE_BYTES = 4;

/** What Kafka calls a producer; a newer one of the same transactional id has a higher epoch. */
export interface ProducerIdentity {
  producerId: string;
  producerEpoch: number;
}

interface InitProducerId {
  initProducerId(request: { transactionalId?: string }): Promise<ProducerIdentity>;
}

const require = createRequire(import.meta.url);
const circuitBreaker = new CircuitBreaker();
const lostConnectionListeners = new Set<() => void>();
/** by transactional id */
const identities = new Map<string, ProducerIdentity>();
let isPatched = false;

/**
 * Patches the connections of kafkajs 2.2.4, once in a process:
 *
 * - Concurrent requests on a closed connection each open a socket, and all but the last leak, so that the process does
 *   not end. Patched: they share one connect.
 * - A partial response is kept when its connection is lost, and the bytes of the next socket are appended to it: no
 *   later response can be parsed. Patched: a new socket starts with an empty buffer.
 * - A disconnected socket keeps its listeners: late bytes mix with those of the next socket, and its end closes
 *   that one. Patched: it is destroyed.
 * - A socket that connects after the timeout, as when the process was busy meanwhile, marks its abandoned connection as
 *   connected for ever: every request fails on it. Patched: a connecting socket is destroyed at once.
 * - A connection that is closed while it connects, as when its broker leaves the metadata, fails only when its timeout is
 *   over, and requests that wait for it have one timeout after the other. Patched: it fails at once.
 * - Every connection waits for its own timeout when a broker does not answer. Patched: the circuit breaker.
 *
 * It also makes known what kafkajs keeps to itself: lost connections, and the identities of producers.
 */
export function patchKafkajs(): void {
  if (isPatched) return;
  const { version }: { version: string } = require('kafkajs/package.json');
  if (version !== KAFKAJS_VERSION)
    throw new Error(`the patch of kafkajs is for version ${KAFKAJS_VERSION}, and ${version} is installed`);
  isPatched = true;
  const { prototype }: { prototype: Connection } = require('kafkajs/src/network/connection.js');
  const { connect, disconnect } = prototype;
  const connecting = new WeakMap<Connection, Promise<unknown>>();
  const closing = new WeakSet<Socket>();

  const watch = (socket: Socket) => {
    const onLost = () => {
      if (closing.has(socket)) return;
      for (const listener of lostConnectionListeners) listener();
    };
    socket.once('connect', () => {
      // before the listeners of kafkajs, which reject the requests under way
      for (const event of ['end', 'error']) socket.prependListener(event, onLost);
    });
  };

  const reconnect = async (connection: Connection) => {
    const address = `${connection.host}:${connection.port}`;
    if (circuitBreaker.refuses(address)) {
      throw new kafkajs.KafkaJSConnectionError('the broker does not answer', { broker: address });
    }
    connection.chunks = [];
    connection.bytesBuffered = 0;
    connection.bytesNeeded = SIZE_BYTES;
    const connected = connect.call(connection);
    const { socket, requestQueue } = connection;
    if (socket) {
      circuitBreaker.watch(address, socket, () => requestQueue.inflight.size > 0);
      watch(socket);
    }
    return connected;
  };

  prototype.connect = async function (this: Connection) {
    if (this.isConnected()) return true;
    const connected = connecting.get(this) ?? reconnect(this).finally(() => connecting.delete(this));
    connecting.set(this, connected);
    return connected;
  };

  prototype.disconnect = async function (this: Connection) {
    const { socket } = this;
    if (socket) closing.add(socket);
    const done = await disconnect.call(this);
    if (socket?.connecting) socket.destroy(new Error('closed while it connected'));
    else socket?.destroySoon();
    if (this.socket === socket) this.socket = undefined; // else each of many calls would wait for its end
    return done;
  };

  const { prototype: broker }: { prototype: InitProducerId } = require('kafkajs/src/broker/index.js');
  const { initProducerId } = broker;
  broker.initProducerId = async function (this: InitProducerId, request) {
    const identity = await initProducerId.call(this, request);
    if (request.transactionalId) identities.set(request.transactionalId, identity);
    return identity;
  };
}

/** Which records of transactions a fetch returns. */
export type Isolation = 'committed' | 'uncommitted';

/**
 * A Cluster of its own, with connections on which single requests can be sent. kafkajs exposes its Cluster only to
 * partition assigners, so it is captured there; no group is joined.
 */
export function captureCluster(kafka: Kafka, isolation: Isolation): Cluster {
  let captured: Cluster | undefined;
  kafka.consumer({
    groupId: 'none',
    allowAutoTopicCreation: false,
    readUncommitted: isolation === 'uncommitted',
    partitionAssigners: [
      (config) => {
        captured = config.cluster;
        return kafkajs.PartitionAssigners.roundRobin(config);
      },
    ],
  });
  return captured!;
}

/** Requests of the group protocol, which the brokers of kafkajs send and its types do not declare. */
export interface GroupCoordinator {
  joinGroup(request: object): Promise<JoinGroupResponse>;
  syncGroup(request: object): Promise<{ memberAssignment: Buffer }>;
  heartbeat(request: object): Promise<unknown>;
  leaveGroup(request: object): Promise<unknown>;
  describeGroups(request: object): Promise<{ groups: { protocol: string }[] }>;
}

export interface JoinGroupResponse {
  leaderId: string;
  memberId: string;
  generationId: number;
  members: { memberId: string; memberMetadata: Buffer }[];
}

const isGroupCoordinator = (broker: object): broker is GroupCoordinator => 'joinGroup' in broker;

export async function findGroupCoordinator(cluster: Cluster, groupId: string): Promise<GroupCoordinator> {
  const broker = await cluster.findGroupCoordinator({ groupId });
  if (isGroupCoordinator(broker)) return broker;
  throw new Error('this version of kafkajs does not send the requests of the group protocol');
}

/** Calls the listener when a broker has closed a connection of this process, or it has failed; returns what stops that. */
export function onLostConnection(listener: () => void): () => void {
  lostConnectionListeners.add(listener);
  return () => lostConnectionListeners.delete(listener);
}

/** The identity that Kafka gave to the newest producer of this process with the transactional id. */
export const identityOf = (transactionalId: string): ProducerIdentity | undefined =>
  identities.get(transactionalId);
