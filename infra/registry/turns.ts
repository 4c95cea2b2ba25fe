interface Waiting {
  resolve(): void;
  reject(error: unknown): void;
}

/** Lets a number of requests to a server run at a time. */
export class Turns {
  #free: number;
  #waiting: Waiting[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Runs a request when it is its turn. */
  async take<T>(request: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    try {
      return await request();
    } finally {
      const next = this.#waiting.shift();
      if (next) next.resolve();
      else this.#free += 1;
    }
  }

  /** Rejects all that wait: the server does not answer, and each would wait as long as the one that has found out. */
  rejectWaiting(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
