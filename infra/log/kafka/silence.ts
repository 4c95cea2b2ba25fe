import type { Socket } from 'node:net';

/** A broker that has accepted a connection has said something within this time, and so has one that is asked. */
export const FIRST_ANSWER_MS = 5_000;
/** Less than a request may take, so that a connection whose other end is gone without a word is given up first. */
const SILENCE_MS = 10_000;
/** How long a silent broker is left alone, until one connection tries it again. */
const AVOIDED_MS = 1_000;

/** What this process knows of a broker, from all its connections to it. */
interface Heard {
  /** when it last said something */
  at: number;
  sockets: Set<Socket>;
  /** of a silent broker: until then nobody tries it */
  avoidedUntil: number;
}

/**
 * Brokers that are there and do not answer: paused, overloaded, or behind a network that drops what is sent. A process
 * has many connections, and each would find that out by itself, one wait after the other. Here one wait is enough: the
 * other connections to a silent broker are cut, and new ones refused, until one that is let through hears of it again.
 */
export class Silence {
  readonly #brokers = new Map<string, Heard>();

  /** Whether a connection is not worth trying now. Lets one through from time to time. */
  avoids(address: string): boolean {
    const heard = this.#brokers.get(address);
    if (!heard || heard.avoidedUntil === 0) return false;
    if (Date.now() < heard.avoidedUntil) return true;
    heard.avoidedUntil = Date.now() + FIRST_ANSWER_MS;
    return false;
  }

  /** Ends a connection on which nothing comes. It tells of a silent broker if an answer is waited for. */
  watch(address: string, socket: Socket, isWaiting: () => boolean): void {
    const heard = this.#heard(address);
    let patienceMs = FIRST_ANSWER_MS;
    heard.sockets.add(socket);
    socket.setTimeout(patienceMs);
    socket.on('data', () => {
      heard.at = Date.now();
      heard.avoidedUntil = 0;
      if (patienceMs === SILENCE_MS) return;
      patienceMs = SILENCE_MS;
      socket.setTimeout(patienceMs);
    });
    socket.on('close', () => heard.sockets.delete(socket));
    socket.prependListener('timeout', () => {
      if (isWaiting() && Date.now() - heard.at >= patienceMs) this.#giveUp(heard, socket);
    });
  }

  #giveUp(heard: Heard, found: Socket): void {
    heard.avoidedUntil = Date.now() + AVOIDED_MS;
    for (const socket of heard.sockets) {
      if (socket !== found) socket.destroy(new Error('the broker does not answer'));
    }
  }

  #heard(address: string): Heard {
    const known = this.#brokers.get(address);
    if (known) return known;
    const heard: Heard = { at: Date.now(), sockets: new Set(), avoidedUntil: 0 };
    this.#brokers.set(address, heard);
    return heard;
  }
}
