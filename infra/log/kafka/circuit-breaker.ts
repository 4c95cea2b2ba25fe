import type { Socket } from 'node:net';

/** Within this time a broker answers the first request of a new connection, and the request of a half-open circuit. */
export const INITIAL_RESPONSE_TIMEOUT_MS = 5_000;
/** Shorter than the request timeout of kafkajs, so that a half-open TCP connection is closed first. */
const RESPONSE_TIMEOUT_MS = 10_000;
/** How long an open circuit refuses connections before it is half-open. */
const OPEN_MS = 1_000;

/** What this process knows of a broker, from all its connections to it. */
interface BrokerState {
  lastResponseAt: number;
  sockets: Set<Socket>;
  /** 0 while the circuit is closed; else it is open until then */
  openUntil: number;
}

/**
 * A circuit breaker for each broker, shared by all connections of the process. A broker that accepts connections and
 * does not answer (paused, overloaded, or behind a network that drops packets) would else cost every connection its
 * own timeout. The first timeout opens the circuit: the other sockets to that broker are destroyed and new connections
 * refused. A half-open circuit lets one connection through; any response closes the circuit.
 */
export class CircuitBreaker {
  readonly #brokers = new Map<string, BrokerState>();

  /** Whether a connection to the broker must be refused now. False lets the caller through a half-open circuit. */
  refuses(address: string): boolean {
    const broker = this.#brokers.get(address);
    if (!broker || broker.openUntil === 0) return false;
    if (Date.now() < broker.openUntil) return true;
    broker.openUntil = Date.now() + INITIAL_RESPONSE_TIMEOUT_MS;
    return false;
  }

  /** Times out a socket on which nothing arrives; that opens the circuit if a request of it is unanswered. */
  watch(address: string, socket: Socket, hasPendingRequest: () => boolean): void {
    const broker = this.#stateOf(address);
    let timeoutMs = INITIAL_RESPONSE_TIMEOUT_MS;
    broker.sockets.add(socket);
    socket.setTimeout(timeoutMs);
    socket.on('data', () => {
      broker.lastResponseAt = Date.now();
      broker.openUntil = 0;
      if (timeoutMs === RESPONSE_TIMEOUT_MS) return;
      timeoutMs = RESPONSE_TIMEOUT_MS;
      socket.setTimeout(timeoutMs);
    });
    socket.on('close', () => broker.sockets.delete(socket));
    socket.prependListener('timeout', () => {
      const isUnresponsive = Date.now() - broker.lastResponseAt >= timeoutMs;
      if (hasPendingRequest() && isUnresponsive) this.#open(broker, socket);
    });
  }

  #open(broker: BrokerState, timedOut: Socket): void {
    broker.openUntil = Date.now() + OPEN_MS;
    for (const socket of broker.sockets) {
      if (socket !== timedOut) socket.destroy(new Error('the broker does not answer'));
    }
  }

  #stateOf(address: string): BrokerState {
    const known = this.#brokers.get(address);
    if (known) return known;
    const broker: BrokerState = { lastResponseAt: Date.now(), sockets: new Set(), openUntil: 0 };
    this.#brokers.set(address, broker);
    return broker;
  }
}
