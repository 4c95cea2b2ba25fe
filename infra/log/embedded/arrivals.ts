const POLL_INTERVAL_MS = 20;

interface Waiter {
  topics: ReadonlySet<string>;
  wake(): void;
}

/**
 * Lets consumers wait for records: those of this process wake them at once, those of other processes within
 * 20 ms, by a look at the log's end that is taken only while somebody waits.
 */
export class Arrivals {
  readonly #end: () => number;
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;
  #seen = -1;

  /** `end` tells how many records the log has. */
  constructor(end: () => number) {
    this.#end = end;
  }

  /** Resolves when the topics may have new records, or the signal aborts. */
  wait(topics: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        this.#waiters.delete(waiter);
        if (this.#waiters.size === 0) this.#stop();
        resolve();
      };
      const waiter = { topics, wake };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', wake);
      this.#timer ??= setInterval(() => this.#look(), POLL_INTERVAL_MS);
      if (signal.aborted) wake();
    });
  }

  /** Tells that this process has appended to topics. */
  notify(topics: ReadonlySet<string>): void {
    for (const waiter of [...this.#waiters]) if (!waiter.topics.isDisjointFrom(topics)) waiter.wake();
  }

  /** Wakes everybody. */
  wakeAll(): void {
    for (const waiter of [...this.#waiters]) waiter.wake();
  }

  #look(): void {
    const end = this.#end();
    if (end === this.#seen) return;
    this.#seen = end;
    this.wakeAll();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
