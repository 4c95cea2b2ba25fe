/** The latest latencies, in milliseconds. */
export class Latencies {
  readonly #latest: number[] = [];
  readonly #limit: number;
  #next = 0;

  constructor(limit = 1_000) {
    this.#limit = limit;
  }

  add(latencyMs: number): void {
    this.#latest[this.#next] = latencyMs;
    this.#next = (this.#next + 1) % this.#limit;
  }

  /** The latency that a share of them does not exceed (nearest rank); undefined before the first. */
  quantile(share: number): number | undefined {
    const ascending = Float64Array.from(this.#latest).sort();
    return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)];
  }
}
