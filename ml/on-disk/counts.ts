import { byKey } from './merge.ts';
import { Sorter } from './sorter.ts';
import type { Spill } from './spill.ts';

/** Different texts that are counted in memory; of more, counts are written and added up later. */
const MAX_TEXTS = 1 << 14;

/** How often each of some texts came, in bounded memory. */
export class Counts {
  readonly #maxTexts: number;
  readonly #written: Sorter<number>;
  #counts = new Map<string, number>();

  constructor(spill: Spill, maxTexts = MAX_TEXTS) {
    this.#maxTexts = maxTexts;
    this.#written = new Sorter(spill);
  }

  /** After some thousand texts at most, `spill` must be awaited. */
  add(text: string): void {
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + 1);
  }

  async spill(): Promise<void> {
    if (this.#counts.size <= this.#maxTexts) return;
    const counts = this.#counts;
    this.#counts = new Map();
    for (const [text, count] of counts) await this.#written.add(text, count);
  }

  /** Each text once, with its count, sorted by text, some at a time. Nothing is added afterwards. */
  async *totals(): AsyncGenerator<readonly (readonly [text: string, count: number])[], void, undefined> {
    for (const [text, count] of this.#counts) await this.#written.add(text, count);
    this.#counts = new Map();
    for await (const groups of byKey(this.#written.sorted()))
      yield groups.map(({ key, values }) => [key, values.reduce((sum, count) => sum + count)] as const);
  }

  /** The most frequent texts, the first first; those of one count by text. And how many different ones there are. */
  async top(most: number): Promise<{ counts: (readonly [string, number])[]; distinct: number }> {
    let counts: (readonly [string, number])[] = [];
    let distinct = 0;
    const best = () => counts.sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1)).slice(0, most);
    for await (const totals of this.totals()) {
      distinct += totals.length;
      counts.push(...totals);
      if (counts.length > 2 * most + MAX_TEXTS) counts = best();
    }
    return { counts: best(), distinct };
  }
}
