interface Measured {
  latencyMs: number;
  at: number;
}

/** The latest latencies within a window of time, in milliseconds. What is older says nothing of how it is now. */
export class Latencies {
  readonly #windowMs: number;
  readonly #limit: number;
  readonly #latest: Measured[] = [];
  #next = 0;

  /** @param limit how many are kept at most, whatever the window */
  constructor(windowMs: number, limit = 1_000) {
    this.#windowMs = windowMs;
    this.#limit = limit;
  }

  /** `at` is a moment on a clock that never goes back, as is `now` below. */
  add(latencyMs: number, at: number): void {
    this.#latest[this.#next] = { latencyMs, at };
    this.#next = (this.#next + 1) % this.#limit;
  }

  /** The latency that a share of them does not exceed (nearest rank); undefined when there are fewer than `least`. */
  quantile(share: number, now: number, least = 1): number | undefined {
    const current = this.#latest.filter(({ at }) => now - at <= this.#windowMs);
    if (current.length < least) return undefined;
    const ascending = Float64Array.from(current, ({ latencyMs }) => latencyMs).sort();
    return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)];
  }
}
