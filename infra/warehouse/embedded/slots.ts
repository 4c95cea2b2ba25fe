/** A counting semaphore, first come first served, with a bounded queue. */
export class Slots {
  readonly #queue: (() => void)[] = [];
  readonly #longest: number;
  #free: number;

  constructor(slots: number, longestQueue: number) {
    this.#free = slots;
    this.#longest = longestQueue;
  }

  /** Runs a task in a slot, waiting for one. `full()` makes the error for when too many wait already. */
  async use<T>(task: () => Promise<T>, full: () => Error): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else if (this.#queue.length >= this.#longest) throw full();
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
