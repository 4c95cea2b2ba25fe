/** A counting semaphore with a bounded FIFO queue. */
export class Slots {
  readonly #queue = new Set<() => void>();
  readonly #longest: number;
  #free: number;

  constructor(slots: number, longestQueue: number) {
    this.#free = slots;
    this.#longest = longestQueue;
  }

  /**
   * Runs a task in a slot, after waiting for one for at most `maxWaitMs`. Throws `full()` on a timeout, or when the queue
   * is full.
   */
  async use<T>(task: () => Promise<T>, full: () => Error, maxWaitMs = Infinity): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else if (this.#queue.size >= this.#longest) throw full();
    else await this.#turn(full, maxWaitMs);
    try {
      return await task();
    } finally {
      const [next] = this.#queue;
      if (next) next();
      else this.#free += 1;
    }
  }

  #turn(full: () => Error, maxWaitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#queue.delete(begin);
        reject(full());
      };
      const timer = maxWaitMs < Infinity ? setTimeout(giveUp, maxWaitMs) : undefined;
      const begin = () => {
        clearTimeout(timer);
        this.#queue.delete(begin);
        resolve();
      };
      this.#queue.add(begin);
    });
  }
}
