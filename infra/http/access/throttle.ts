import { LRUCache } from 'lru-cache';
import { EpochlogError } from '../../../kernel/errors.ts';

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
