const RUNS_AT_ONCE = 2; // one computes while the next is prepared

interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Runs what is asked for at about the same time together. Nobody waits for company: a batch is what has come in
 * one turn of the event loop, or while earlier batches ran.
 */
export class Batcher<Item, Result> {
  readonly #run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #maxBatch: number;
  readonly #waiting: Waiting<Item, Result>[] = [];
  #running = 0;
  #scheduled = false;

  /** @param run gives one result for each item, in their order */
  constructor(run: (items: readonly Item[]) => Promise<readonly Result[]>, maxBatch: number) {
    this.#run = run;
    this.#maxBatch = maxBatch;
  }

  submit(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#running >= RUNS_AT_ONCE || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#runBatch(this.#waiting.splice(0, this.#maxBatch));
      this.#schedule();
    });
  }

  async #runBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    this.#running += 1;
    try {
      const results = await this.#run(batch.map(({ item }) => item));
      for (const [i, { resolve }] of batch.entries()) resolve(results[i]!);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#running -= 1;
      this.#schedule();
    }
  }
}
