import { setTimeout as realSleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';

interface Sleeper {
  at: number;
  wake(): void;
}

/** Shorter waits also end in real time: they are pauses before a retry, whose cause needs real time to pass. */
const MAX_REAL_MS = 60_000;

/**
 * A clock of simulations: its time stands still until `advance`. A simulation that advances only when nothing is left to do
 * gives each event the same time in every run, however busy the machine is.
 */
export class SteppedClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  /** @param now milliseconds since the epoch */
  constructor(now: number) {
    this.#now = now;
  }

  readonly now = (): number => this.#now;

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (ms <= 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const sleeper: Sleeper = { at: this.#now + ms, wake: resolve };
    this.#sleepers.add(sleeper);
    const awake = new AbortController();
    const ended = AbortSignal.any([awake.signal, ...(signal ? [signal] : [])]);
    if (ms <= MAX_REAL_MS) realSleep(ms, undefined, { signal: ended }).then(resolve, () => {});
    signal?.addEventListener('abort', () => resolve(), { once: true, signal: awake.signal });
    try {
      await promise;
    } finally {
      this.#sleepers.delete(sleeper);
      awake.abort();
    }
    signal?.throwIfAborted();
  }

  /** When the first sleeper wakes, milliseconds since the epoch; undefined without sleepers. */
  get earliest(): number | undefined {
    return this.#sleepers.size === 0 ? undefined : Math.min(...[...this.#sleepers].map(({ at }) => at));
  }

  /** Moves time forward, never back, and wakes who sleeps until then. */
  advance(to: number): void {
    this.#now = Math.max(this.#now, to);
    for (const sleeper of this.#sleepers) if (sleeper.at <= this.#now) sleeper.wake();
  }
}
