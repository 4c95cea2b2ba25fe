import type { BinnedTable } from './bins.ts';
import type { Split } from './split.ts';
import type { Tree } from './tree.ts';

/** The nodes of a tree under construction. */
export class NodeList {
  readonly #table: BinnedTable;
  readonly #feature: number[] = [];
  readonly #threshold: number[] = [];
  readonly #missingLeft: number[] = [];
  readonly #left: number[] = [];
  readonly #right: number[] = [];
  readonly #value: number[] = [];
  readonly #categories = new Map<number, readonly number[]>();

  constructor(table: BinnedTable) {
    this.#table = table;
  }

  add(): number {
    for (const list of [this.#threshold, this.#missingLeft, this.#left, this.#right, this.#value])
      list.push(0);
    return this.#feature.push(-1) - 1;
  }

  split(node: number, { column, leftBins, missingLeft }: Split, left: number, right: number): void {
    this.#feature[node] = column;
    this.#left[node] = left;
    this.#right[node] = right;
    if (typeof leftBins === 'number') {
      // beyond the last threshold only the missing are on the other side
      this.#threshold[node] = this.#table.columns[column]!.thresholds[leftBins] ?? Infinity;
      this.#missingLeft[node] = missingLeft ? 1 : 0;
    } else
      this.#categories.set(
        node,
        leftBins.toSorted((a, b) => a - b),
      );
  }

  setValue(node: number, value: number): void {
    this.#value[node] = value;
  }

  tree(): Tree {
    return {
      feature: Int16Array.from(this.#feature),
      threshold: Float32Array.from(this.#threshold),
      missingLeft: Uint8Array.from(this.#missingLeft),
      left: Int32Array.from(this.#left),
      right: Int32Array.from(this.#right),
      value: Float32Array.from(this.#value),
      categories: this.#categories,
    };
  }
}
