import type { BinnedTable } from './bins.ts';
import {
  type Derivatives,
  emptyHistogram,
  fillHistogram,
  type Histogram,
  subtractHistogram,
} from './histogram.ts';
import { bestSplit, type NodeSums, type Split, type SplitLimits } from './split.ts';
import { MISSING_BIN } from './table.ts';
import type { Tree } from './tree.ts';

export interface TreeLimits extends SplitLimits {
  readonly maxLeaves: number;
  readonly learningRate: number;
}

/** A leaf so far; `split` is what it would become. */
interface Leaf {
  readonly node: number;
  /** its rows are `rows[start]` up to `rows[end]` */
  readonly start: number;
  readonly end: number;
  readonly sums: NodeSums;
  readonly histogram: Histogram;
  readonly split: Split | undefined;
}

/** A tree, and what it adds to the score of each row that it was grown on. */
export interface GrownTree {
  readonly tree: Tree;
  /** row by row */
  readonly values: Float32Array;
}

/**
 * Grows one tree best-first: of all leaves the one whose split gains most is split next, until there are `maxLeaves` or
 * no split gains (LightGBM's leaf-wise growth over histograms). Histograms are kept for reuse between trees.
 */
export class TreeGrower {
  readonly #table: BinnedTable;
  readonly #limits: TreeLimits;
  readonly #rows: Uint32Array;
  readonly #spareRows: Uint32Array;
  readonly #spareHistograms: Histogram[] = [];

  constructor(table: BinnedTable, limits: TreeLimits) {
    this.#table = table;
    this.#limits = limits;
    this.#rows = new Uint32Array(table.rows);
    this.#spareRows = new Uint32Array(table.rows);
  }

  grow(derivatives: Derivatives): GrownTree {
    const nodes = new NodeList(this.#table);
    const leaves = [this.#root(derivatives, nodes.add())];
    while (leaves.length < this.#limits.maxLeaves) {
      const leaf = takeBest(leaves);
      if (!leaf?.split) break;
      leaves.push(...this.#divide(leaf, leaf.split, derivatives, nodes));
    }
    return this.#finish(leaves, nodes);
  }

  #root(derivatives: Derivatives, node: number): Leaf {
    for (let row = 0; row < this.#rows.length; row++) this.#rows[row] = row;
    const sums = { gradient: 0, hessian: 0, count: this.#rows.length };
    for (let row = 0; row < this.#rows.length; row++) {
      sums.gradient += derivatives.gradients[row]!;
      sums.hessian += derivatives.hessians[row]!;
    }
    const histogram = this.#spare();
    fillHistogram(histogram, this.#table, this.#rows, derivatives);
    return this.#leaf(node, 0, this.#rows.length, sums, histogram);
  }

  #leaf(node: number, start: number, end: number, sums: NodeSums, histogram: Histogram): Leaf {
    const split = bestSplit(histogram, this.#table.columns, sums, this.#limits);
    return { node, start, end, sums, histogram, split };
  }

  #divide(
    { node, start, end, histogram }: Leaf,
    split: Split,
    derivatives: Derivatives,
    nodes: NodeList,
  ): Leaf[] {
    const middle = this.#partition(start, end, split);
    const [left, right] = [nodes.add(), nodes.add()];
    nodes.split(node, split, left, right);
    const leftIsSmaller = middle - start <= end - middle;
    const smaller = this.#spare();
    const rows = leftIsSmaller ? this.#rows.subarray(start, middle) : this.#rows.subarray(middle, end);
    fillHistogram(smaller, this.#table, rows, derivatives);
    subtractHistogram(histogram, smaller);
    const [ofLeft, ofRight] = leftIsSmaller ? [smaller, histogram] : [histogram, smaller];
    return [
      this.#leaf(left, start, middle, split.left, ofLeft),
      this.#leaf(right, middle, end, split.right, ofRight),
    ];
  }

  /** Moves the rows that go left before the others, both in their order; returns where the others begin. */
  #partition(start: number, end: number, { column, leftBins, missingLeft }: Split): number {
    const goesLeft = new Uint8Array(MISSING_BIN + 1);
    if (typeof leftBins === 'number') {
      goesLeft.fill(1, 0, leftBins + 1);
      goesLeft[MISSING_BIN] = missingLeft ? 1 : 0;
    } else for (const bin of leftBins) goesLeft[bin] = 1;
    const from = column * this.#table.rows;
    let middle = start;
    let others = 0;
    for (let at = start; at < end; at++) {
      const row = this.#rows[at]!;
      if (goesLeft[this.#table.bins[from + row]!]) this.#rows[middle++] = row;
      else this.#spareRows[others++] = row;
    }
    this.#rows.set(this.#spareRows.subarray(0, others), middle);
    return middle;
  }

  #finish(leaves: readonly Leaf[], nodes: NodeList): GrownTree {
    const values = new Float32Array(this.#rows.length);
    for (const { node, start, end, sums, histogram } of leaves) {
      const value = (-this.#limits.learningRate * sums.gradient) / (sums.hessian + this.#limits.l2);
      nodes.setValue(node, value);
      for (let at = start; at < end; at++) values[this.#rows[at]!] = value;
      this.#spareHistograms.push(histogram);
    }
    return { tree: nodes.tree(), values };
  }

  #spare(): Histogram {
    return this.#spareHistograms.pop() ?? emptyHistogram(this.#table.columns.length);
  }
}

/** Removes and returns the leaf whose split gains most; the first of equals. Undefined when none can be split. */
function takeBest(leaves: Leaf[]): Leaf | undefined {
  let best = -1;
  for (const [at, { split }] of leaves.entries()) {
    if (split && split.gain > (leaves[best]?.split?.gain ?? 0)) best = at;
  }
  return best < 0 ? undefined : leaves.splice(best, 1)[0];
}

/** The nodes of a tree under construction. */
class NodeList {
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
