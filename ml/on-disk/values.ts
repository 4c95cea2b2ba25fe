import { packed, unpacked } from './sorter.ts';
import { appended, type Place, type Spill } from './spill.ts';

/** Values that are written together. */
const BLOCK_VALUES = 100;

/** Values that are written one after another, and read in that order as often as one likes. In memory are those of a block. */
export class SpilledValues<Value> {
  readonly #spill: Spill;
  readonly #blocks: Place[] = [];
  #newest: Value[] = [];
  #count = 0;

  constructor(spill: Spill) {
    this.#spill = spill;
  }

  get count(): number {
    return this.#count;
  }

  /** @param values structured-cloneable */
  async add(values: readonly Value[]): Promise<void> {
    this.#count += values.length;
    this.#newest.push(...values);
    if (this.#newest.length < BLOCK_VALUES) return;
    const block = packed(this.#newest);
    this.#newest = [];
    this.#blocks.push(await appended(this.#spill, block));
  }

  /** All values so far, some at a time. */
  async *chunks(): AsyncGenerator<readonly Value[], void, undefined> {
    for (const { offset, length } of this.#blocks)
      yield unpacked<Value[]>(await this.#spill.read(offset, length));
    if (this.#newest.length > 0) yield this.#newest;
  }
}
