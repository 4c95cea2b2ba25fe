import { LRUCache } from 'lru-cache';
import type { Actor } from '../../../kernel/access.ts';
import { EpochlogError } from '../../../kernel/errors.ts';
import type { Access } from './access.ts';

/** in which failures are counted */
export const WINDOW_MS = 60_000;
/** wrong tokens from one address in a window, after which they are told to wait */
const MAX_WRONG_TOKENS = 100;
/** keys that are counted at once; the longest unused one is forgotten */
const MAX_KEYS = 10_000;

/** TOO_MANY_REQUESTS, and after how many seconds to ask again. */
export class Throttled extends EpochlogError {
  readonly retryAfter: number;

  constructor(message: string, retryAfter: number) {
    super('TOO_MANY_REQUESTS', message);
    this.retryAfter = retryAfter;
  }
}

/** Counts failures by key: after `limit` of them in a window, each further one must wait until the window has passed. */
export class Failures {
  readonly #counts: LRUCache<string, { count: number; since: number }>;
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #now: () => number;

  constructor(limit: number, windowMs: number, now: () => number) {
    this.#counts = new LRUCache({ max: MAX_KEYS });
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /** Milliseconds after which another attempt may be made; 0: now. */
  waitOf(key: string): number {
    const known = this.#counts.get(key);
    if (!known || known.count < this.#limit) return 0;
    return Math.max(0, known.since + this.#windowMs - this.#now());
  }

  count(key: string): void {
    const now = this.#now();
    const known = this.#counts.get(key);
    if (known && known.since + this.#windowMs > now) known.count += 1;
    else this.#counts.set(key, { count: 1, since: now });
  }
}

/** TOO_MANY_REQUESTS for a wait in milliseconds. */
export function throttled(what: string, waitMs: number): Throttled {
  const seconds = Math.ceil(waitMs / 1_000);
  return new Throttled(`${what}: ask again in ${seconds} s`, seconds);
}

/** The same, but of an address from which many wrong tokens came, others are told to wait. Right ones are answered as before. */
export function limited(now: () => number, access: Access): Access {
  const wrong = new Failures(MAX_WRONG_TOKENS, WINDOW_MS, now);
  function refusalOf(error: unknown, address: string): unknown {
    if (!(error instanceof EpochlogError) || error.code !== 'UNAUTHORIZED') return error;
    const wait = wrong.waitOf(address);
    if (wait > 0) return throttled('too many wrong tokens came from this address', wait);
    wrong.count(address);
    return error;
  }
  return {
    authenticate(given, address) {
      try {
        const actor = access.authenticate(given, address);
        if (!(actor instanceof Promise)) return actor;
        return actor.catch((error: unknown): Actor => {
          throw refusalOf(error, address);
        });
      } catch (error) {
        throw refusalOf(error, address);
      }
    },
  };
}
