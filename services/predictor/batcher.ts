import { isFinal } from '../../kernel/errors.ts';

const RUNS_AT_ONCE = 2; // one computes while the next is prepared

interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** How much runs together at most; an item that weighs more runs alone. */
export interface BatchLimits<Item> {
  maxItems: number;
  maxWeight: number;
  weightOf(item: Item): number;
}

/**
 * Runs what is asked for at about the same time together. Nobody waits for company: a batch is what has come in
 * one turn of the event loop, or while earlier batches ran. Between two batches it yields to the event loop. Of a batch that
 * cannot be run, each item runs by itself.
 */
export class Batcher<Item, Result> {
  readonly #run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #limits: BatchLimits<Item>;
  readonly #waiting: Waiting<Item, Result>[] = [];
  #running = 0;
  #scheduled = false;

  /** @param run gives one result for each item, in their order */
  constructor(run: (items: readonly Item[]) => Promise<readonly Result[]>, limits: BatchLimits<Item>) {
    this.#run = run;
    this.#limits = limits;
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
      void this.#runBatch(this.#nextBatch());
      this.#schedule();
    });
  }

  #nextBatch(): Waiting<Item, Result>[] {
    const { maxItems, maxWeight, weightOf } = this.#limits;
    let weight = 0;
    const end = this.#waiting.findIndex(({ item }, i) => {
      weight += weightOf(item);
      return i > 0 && (i === maxItems || weight > maxWeight);
    });
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
  }

  async #runBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    this.#running += 1;
    try {
      const results = await this.#run(batch.map(({ item }) => item));
      for (const [i, { resolve }] of batch.entries()) resolve(results[i]!);
    } catch (error) {
      // one item may be the cause, and the others must not suffer for it
      if (batch.length > 1 && isFinal(error)) await Promise.all(batch.map((own) => this.#runAlone(own)));
      else for (const { reject } of batch) reject(error);
    } finally {
      this.#running -= 1;
      this.#schedule();
    }
  }

  async #runAlone({ item, resolve, reject }: Waiting<Item, Result>): Promise<void> {
    try {
      resolve((await this.#run([item]))[0]!);
    } catch (error) {
      reject(error);
    }
  }
}
