import { EpochlogError, isFinal } from '../../kernel/errors.ts';

const RUNS_AT_ONCE = 2; // one computes while the next is prepared

interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
  /** when it must have its result */
  timer: NodeJS.Timeout;
  isLate: boolean;
}

/** How much runs together at most, and how long an item may take. An item that weighs more runs alone. */
export interface BatchLimits<Item> {
  maxItems: number;
  maxWeight: number;
  weightOf(item: Item): number;
  /** milliseconds that a batch which is not full waits for company; 0 for none */
  waitMs: number;
  /** milliseconds in which an item must have its result */
  timeoutMs: number;
}

/**
 * Runs what is asked for at about the same time together. Unless a batch waits for company, it is what has come in
 * one turn of the event loop, or while earlier batches ran. Between two batches it yields to the event loop. Of a batch that
 * cannot be run, each item runs by itself. INFERENCE_TIMEOUT for an item that has no result in time; if it still waits then, it
 * is not run.
 */
export class Batcher<Item, Result> {
  readonly #run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #limits: BatchLimits<Item>;
  readonly #waiting: Waiting<Item, Result>[] = [];
  #running = 0;
  #isScheduled = false;
  /** set while a batch waits for company */
  #company: NodeJS.Timeout | undefined;
  /** it has waited for company, and now for a run to end */
  #isDue = false;

  /** @param run gives one result for each item, in their order */
  constructor(run: (items: readonly Item[]) => Promise<readonly Result[]>, limits: BatchLimits<Item>) {
    this.#run = run;
    this.#limits = limits;
  }

  submit(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end(waiting), this.#limits.timeoutMs);
      const waiting: Waiting<Item, Result> = { item, resolve, reject, timer, isLate: false };
      this.#waiting.push(waiting);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#running >= RUNS_AT_ONCE || this.#waiting.length === 0) return;
    const { waitMs, maxItems } = this.#limits;
    if (waitMs > 0 && !this.#isDue && this.#waiting.length < maxItems) {
      this.#company ??= setTimeout(() => this.#start(), waitMs);
      return;
    }
    this.#isScheduled = true;
    setImmediate(() => this.#start());
  }

  #start(): void {
    clearTimeout(this.#company);
    this.#company = undefined;
    this.#isScheduled = false;
    this.#isDue = this.#running >= RUNS_AT_ONCE;
    if (this.#isDue) return; // the end of a run schedules the next
    const batch = this.#nextBatch();
    if (batch.length > 0) void this.#runBatch(batch);
    this.#schedule();
  }

  #nextBatch(): Waiting<Item, Result>[] {
    const { maxItems, maxWeight, weightOf } = this.#limits;
    while (this.#waiting[0]?.isLate) this.#waiting.shift(); // the first is the one that waits for longest
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
      for (const { timer } of batch) clearTimeout(timer);
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

  #end(waiting: Waiting<Item, Result>): void {
    waiting.isLate = true;
    const { timeoutMs } = this.#limits;
    const message = `the model has not answered within ${timeoutMs} ms; ask again, or ask for fewer instances at once`;
    waiting.reject(new EpochlogError('INFERENCE_TIMEOUT', message));
  }
}
