const POLL_INTERVAL_MS = 20;

interface Waiter {
  topics: ReadonlySet<string>;
  wake(): void;
}

/**
 * Wakes consumers when records are appended: at once by this process, within 20 ms by other processes. For the latter it
 * polls the end of the log while a consumer waits.
 */
export class AppendNotifier {
  readonly #end: () => number;
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;
  #lastEnd = -1;

  /** `end`: the number of records in the log. */
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
      this.#timer ??= setInterval(() => this.#poll(), POLL_INTERVAL_MS);
      if (signal.aborted) wake();
    });
  }

  /**
   * Called when this process has appended to topics. The next poll wakes for it once more: a consumer that had just read an
   * older snapshot of LMDB, and waits only now, would miss it else.
   */
  notify(topics: ReadonlySet<string>): void {
    for (const waiter of [...this.#waiters]) if (!waiter.topics.isDisjointFrom(topics)) waiter.wake();
  }

  wakeAll(): void {
    for (const waiter of [...this.#waiters]) waiter.wake();
  }

  #poll(): void {
    const end = this.#end();
    if (end === this.#lastEnd) return;
    this.#lastEnd = end;
    this.wakeAll();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
