import { type Random, seededRandom } from '../../ml/random.ts';

/** Rows of a reference, and cells of all together: an event must fit into the log. */
const MAX_ROWS = 500;
const MAX_CELLS = 10_000;

/** A sample of rows that come one by one, each as likely as another (reservoir sampling, Vitter 1985, algorithm R). */
export class SampledRows<Row> {
  readonly #size: number;
  readonly #random: Random;
  readonly #rows: Row[] = [];
  #seen = 0;

  /** @param columns cells of a row */
  constructor(columns: number, seed: number) {
    this.#size = Math.max(1, Math.min(MAX_ROWS, Math.floor(MAX_CELLS / Math.max(1, columns))));
    this.#random = seededRandom(seed);
  }

  /** @param row asked for only if it is kept */
  offer(row: () => Row): void {
    this.#seen += 1;
    if (this.#rows.length < this.#size) this.#rows.push(row());
    else {
      const at = Math.floor(this.#random() * this.#seen);
      if (at < this.#size) this.#rows[at] = row();
    }
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** rows that were offered */
  get seen(): number {
    return this.#seen;
  }
}
