import { type BinnedTable, GROUP } from './bins.ts';
import {
  type Derivatives,
  emptyHistogram,
  fillHistogram,
  type Histogram,
  subtractHistogram,
} from './histogram.ts';
import { NodeList } from './nodes.ts';
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
  /** none where it is never split */
  readonly histogram: Histogram | undefined;
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
  /** those of each leaf one after the other */
  readonly #rows: Uint32Array;
  readonly #spareRows: Uint32Array;
  /** derivatives of the rows of one node, in their order */
  readonly #gathered: Derivatives;
  readonly #spareHistograms: Histogram[] = [];

  constructor(table: BinnedTable, limits: TreeLimits) {
    const { rows } = table;
    this.#table = table;
    this.#limits = limits;
    this.#rows = new Uint32Array(rows);
    this.#spareRows = new Uint32Array(rows);
    this.#gathered = { gradients: new Float64Array(rows), hessians: new Float64Array(rows) };
  }

  grow(derivatives: Derivatives): GrownTree {
    const nodes = new NodeList(this.#table);
    const leaves = [this.#root(derivatives, nodes.add())];
    while (leaves.length < this.#limits.maxLeaves) {
      const leaf = takeBest(leaves);
      if (!leaf?.split) break;
      const isLast = leaves.length + 2 >= this.#limits.maxLeaves;
      leaves.push(...this.#divide(leaf, leaf.split, derivatives, nodes, isLast));
    }
    return this.#finish(leaves, nodes);
  }

  #root(derivatives: Derivatives, node: number): Leaf {
    const { gradients, hessians } = derivatives;
    const rows = this.#rows;
    for (let row = 0; row < rows.length; row++) rows[row] = row;
    const hessian = hessians.length > 0 ? sum(hessians) : rows.length;
    const histogram = this.#spare();
    fillHistogram(histogram, this.#table, rows, derivatives);
    return this.#leaf(
      node,
      0,
      rows.length,
      { gradient: sum(gradients), hessian, count: rows.length },
      histogram,
    );
  }

  #leaf(node: number, start: number, end: number, sums: NodeSums, histogram: Histogram | undefined): Leaf {
    const split = histogram && bestSplit(histogram, this.#table.columns, sums, this.#limits);
    return { node, start, end, sums, histogram, split };
  }

  #divide(
    { node, start, end, histogram }: Leaf,
    split: Split,
    derivatives: Derivatives,
    nodes: NodeList,
    isLast: boolean,
  ): Leaf[] {
    const middle = this.#partition(start, end, split);
    const [left, right] = [nodes.add(), nodes.add()];
    nodes.split(node, split, left, right);
    const isSplitAgain = !isLast && Math.max(middle - start, end - middle) >= 2 * this.#limits.minLeaf;
    const [ofLeft, ofRight] = this.#histograms(histogram, start, middle, end, derivatives, isSplitAgain);
    return [
      this.#leaf(left, start, middle, split.left, ofLeft),
      this.#leaf(right, middle, end, split.right, ofRight),
    ];
  }

  /** Those of both children; none where neither is split again. Only the rows of the smaller child are looked at. */
  #histograms(
    parent: Histogram | undefined,
    start: number,
    middle: number,
    end: number,
    derivatives: Derivatives,
    isSplitAgain: boolean,
  ): readonly (Histogram | undefined)[] {
    if (!parent) return [];
    if (!isSplitAgain) {
      this.#spareHistograms.push(parent);
      return [];
    }
    const leftIsSmaller = middle - start <= end - middle;
    const rows = leftIsSmaller ? this.#rows.subarray(start, middle) : this.#rows.subarray(middle, end);
    const smaller = this.#spare();
    fillHistogram(smaller, this.#table, rows, this.#gather(derivatives, rows));
    subtractHistogram(parent, smaller, this.#table.columns);
    return leftIsSmaller ? [smaller, parent] : [parent, smaller];
  }

  #gather({ gradients, hessians }: Derivatives, rows: Uint32Array): Derivatives {
    gather(gradients, rows, this.#gathered.gradients);
    if (hessians.length === 0) return { gradients: this.#gathered.gradients, hessians };
    gather(hessians, rows, this.#gathered.hessians);
    return this.#gathered;
  }

  /** Moves the rows that go left before the others, both in their order; returns where the others begin. */
  #partition(start: number, end: number, { column, leftBins, missingLeft }: Split): number {
    const goesLeft = new Uint8Array(MISSING_BIN + 1);
    if (typeof leftBins === 'number') {
      goesLeft.fill(1, 0, leftBins + 1);
      goesLeft[MISSING_BIN] = missingLeft ? 1 : 0;
    } else for (const bin of leftBins) goesLeft[bin] = 1;
    const [rows, spare, { packed }] = [this.#rows, this.#spareRows, this.#table];
    const from = Math.floor(column / GROUP) * this.#table.rows;
    const shift = 8 * (column % GROUP);
    let middle = start;
    let others = 0;
    // every row is written to both sides, and the side that it belongs to moves on: no branch to be guessed wrong
    for (let at = start; at < end; at++) {
      const row = rows[at]!;
      const isLeft = goesLeft[(packed[from + row]! >>> shift) & 0xff]!;
      rows[middle] = row;
      spare[others] = row;
      middle += isLeft;
      others += 1 - isLeft;
    }
    rows.set(spare.subarray(0, others), middle);
    return middle;
  }

  #finish(leaves: readonly Leaf[], nodes: NodeList): GrownTree {
    const rows = this.#rows;
    const values = new Float32Array(rows.length);
    for (const { node, start, end, sums, histogram } of leaves) {
      const value = (-this.#limits.learningRate * sums.gradient) / (sums.hessian + this.#limits.l2);
      nodes.setValue(node, value);
      for (let at = start; at < end; at++) values[rows[at]!] = value;
      if (histogram) this.#spareHistograms.push(histogram);
    }
    return { tree: nodes.tree(), values };
  }

  #spare(): Histogram {
    return this.#spareHistograms.pop() ?? emptyHistogram(this.#table.columns.length);
  }
}

function sum(values: Float64Array): number {
  let total = 0;
  for (let at = 0; at < values.length; at++) total += values[at]!;
  return total;
}

function gather(values: Float64Array, rows: Uint32Array, into: Float64Array): void {
  for (let at = 0; at < rows.length; at++) into[at] = values[rows[at]!]!;
}

/** Removes and returns the leaf whose split gains most; the first of equals. Undefined when none can be split. */
function takeBest(leaves: Leaf[]): Leaf | undefined {
  let best = -1;
  for (const [at, { split }] of leaves.entries()) {
    if (split && split.gain > (leaves[best]?.split?.gain ?? 0)) best = at;
  }
  return best < 0 ? undefined : leaves.splice(best, 1)[0];
}
