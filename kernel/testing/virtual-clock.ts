import type { Clock } from '../clock.ts';

interface Sleeper {
  at: number;
  wake(): void;
}

/**
 * A clock of tests: sleeping takes no real time. Whenever the event loop has a turn, time jumps to the earliest wake-up,
 * so that sleepers wake in the order of their wake-up times.
 */
export class VirtualClock implements Clock {
  #now: number;
  readonly #end: number;
  readonly #sleepers = new Set<Sleeper>();
  #isScheduled = false;

  /** Time stops `duration` milliseconds after `now`: who sleeps longer is not woken. */
  constructor(now = Date.now(), duration = Number.POSITIVE_INFINITY) {
    this.#now = now;
    this.#end = now + duration;
  }

  readonly now = (): number => this.#now;

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted) return Promise.reject(signal.reason);
    const abort = () => {
      this.#sleepers.delete(sleeper);
      reject(signal?.reason);
    };
    const sleeper: Sleeper = {
      at: this.#now + ms,
      wake() {
        signal?.removeEventListener('abort', abort);
        resolve();
      },
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.#sleepers.add(sleeper);
    this.#schedule();
    return promise;
  }

  #schedule(): void {
    if (this.#isScheduled || ![...this.#sleepers].some(({ at }) => at <= this.#end)) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#wakeEarliest();
      this.#schedule();
    });
  }

  #wakeEarliest(): void {
    const [earliest] = [...this.#sleepers].sort((a, b) => a.at - b.at);
    if (!earliest || earliest.at > this.#end) return;
    this.#sleepers.delete(earliest);
    this.#now = Math.max(this.#now, earliest.at);
    earliest.wake();
  }
}
