import type { BinnedTable } from './bins.ts';
import {
  type Derivatives,
  fillHistogram,
  fillRootHistogram,
  type Histogram,
  type HistogramLayout,
  layoutOf,
  subtractHistogram,
} from './histogram.ts';
import { NodeList } from './nodes.ts';
import {
  type Bounds,
  bestSplit,
  bestValue,
  boundsOf,
  type NodeSums,
  type Split,
  type SplitLimits,
  UNBOUND,
} from './split.ts';
import { MAX_BINS } from './table.ts';
import type { ScoreColumn, Tree } from './tree.ts';

export interface TreeLimits extends SplitLimits {
  readonly maxLeaves: number;
  readonly learningRate: number;
}

/** A leaf so far; `split` is what it would become. */
interface Leaf {
  readonly node: number;
  /** its rows are `rows[start]` up to `rows[end]`, those to learn from up to `rows[start + sums.count]` */
  readonly start: number;
  readonly end: number;
  readonly sums: NodeSums;
  readonly bounds: Bounds;
  /** none where it is never split */
  readonly histogram: Histogram | undefined;
  readonly split: Split | undefined;
}

/**
 * Grows one tree best-first: of all leaves the one whose split gains most is split next, until there are `maxLeaves` or
 * no split gains (LightGBM's leaf-wise growth over histograms). It learns from the first rows of a table; the others go
 * along, behind them in each leaf, to be scored. Histograms are kept for reuse between trees.
 */
export class TreeGrower {
  readonly #table: BinnedTable;
  readonly #learnt: number;
  readonly #limits: TreeLimits;
  /** those of each leaf one after the other */
  readonly #rows: Uint32Array;
  readonly #spareRows: Uint32Array;
  readonly #layout: HistogramLayout;
  /** the histogram of all rows to learn from, with derivatives of 0 */
  readonly #rootCounts: Histogram;
  /** derivatives of the rows of one node, in their order */
  readonly #gathered: Derivatives;
  readonly #spareHistograms: Histogram[] = [];

  /**
   * @param learnt how many rows there are to learn from
   * @param constantHessian whether each second derivative is 1, and none is given
   */
  constructor(table: BinnedTable, learnt: number, constantHessian: boolean, limits: TreeLimits) {
    this.#table = table;
    this.#learnt = learnt;
    this.#limits = limits;
    this.#rows = new Uint32Array(table.rows);
    this.#spareRows = new Uint32Array(table.rows);
    this.#layout = layoutOf(table.columns, constantHessian);
    this.#gathered = {
      gradients: new Float64Array(learnt),
      hessians: new Float64Array(constantHessian ? 0 : learnt),
    };
    this.#rootCounts = new Float64Array(this.#layout.length);
    const first = Uint32Array.from({ length: learnt }, (_, row) => row);
    fillHistogram(this.#rootCounts, this.#layout, table, first, this.#gathered);
  }

  /** @param scores to which the values of the new tree are added */
  grow(derivatives: Derivatives, scores: ScoreColumn): Tree {
    const nodes = new NodeList(this.#table);
    const leaves = [this.#root(derivatives, nodes.add())];
    while (leaves.length < this.#limits.maxLeaves) {
      const leaf = takeBest(leaves);
      if (!leaf?.split) break;
      const isLast = leaves.length + 2 >= this.#limits.maxLeaves;
      leaves.push(...this.#divide(leaf, leaf.split, derivatives, nodes, isLast));
    }
    return this.#finish(leaves, nodes, scores);
  }

  #root(derivatives: Derivatives, node: number): Leaf {
    const { gradients, hessians } = derivatives;
    const rows = this.#rows;
    for (let row = 0; row < rows.length; row++) rows[row] = row;
    const count = this.#learnt;
    const hessian = hessians.length > 0 ? sum(hessians) : count;
    const histogram = this.#spare();
    fillRootHistogram(histogram, this.#rootCounts, this.#layout, this.#table, derivatives);
    const sums = { gradient: sum(gradients), hessian, count };
    return this.#leaf({ node, start: 0, end: rows.length, sums, bounds: UNBOUND, histogram });
  }

  #leaf(leaf: Omit<Leaf, 'split'>): Leaf {
    const { histogram, sums, bounds } = leaf;
    const { columns } = this.#table;
    return {
      ...leaf,
      split: histogram && bestSplit(histogram, this.#layout, columns, sums, this.#limits, bounds),
    };
  }

  #divide(
    { node, start, end, histogram, bounds }: Leaf,
    split: Split,
    derivatives: Derivatives,
    nodes: NodeList,
    isLast: boolean,
  ): Leaf[] {
    const middle = this.#partition(start, end, split);
    const [left, right] = [nodes.add(), nodes.add()];
    nodes.split(node, split, left, right);
    const counts = [split.left.count, split.right.count];
    const isSplitAgain = !isLast && Math.max(...counts) >= 2 * this.#limits.minLeaf;
    const [ofLeft, ofRight] = this.#histograms(histogram, start, middle, split, derivatives, isSplitAgain);
    const [below, above] = boundsOf(split, bounds, this.#limits);
    return [
      this.#leaf({ node: left, start, end: middle, sums: split.left, bounds: below, histogram: ofLeft }),
      this.#leaf({ node: right, start: middle, end, sums: split.right, bounds: above, histogram: ofRight }),
    ];
  }

  /** Those of both children; none where neither is split again. Only the rows of the smaller child are looked at. */
  #histograms(
    parent: Histogram | undefined,
    start: number,
    middle: number,
    { left, right }: Split,
    derivatives: Derivatives,
    isSplitAgain: boolean,
  ): readonly (Histogram | undefined)[] {
    if (!parent) return [];
    if (!isSplitAgain) {
      this.#spareHistograms.push(parent);
      return [];
    }
    const leftIsSmaller = left.count <= right.count;
    const rows = leftIsSmaller
      ? this.#rows.subarray(start, start + left.count)
      : this.#rows.subarray(middle, middle + right.count);
    const smaller = this.#spare();
    fillHistogram(smaller, this.#layout, this.#table, rows, this.#gather(derivatives, rows));
    subtractHistogram(parent, smaller);
    return leftIsSmaller ? [smaller, parent] : [parent, smaller];
  }

  #gather({ gradients, hessians }: Derivatives, rows: Uint32Array): Derivatives {
    gather(gradients, rows, this.#gathered.gradients);
    if (hessians.length > 0) gather(hessians, rows, this.#gathered.hessians);
    return this.#gathered;
  }

  /** Moves the rows that go left before the others, both in their order; returns where the others begin. */
  #partition(start: number, end: number, { column, leftBins, missingLeft }: Split): number {
    const goesLeft = new Uint8Array(MAX_BINS + 1);
    if (typeof leftBins === 'number') {
      goesLeft.fill(1, 0, leftBins + 1);
      goesLeft[this.#table.columns[column]!.bins] = missingLeft ? 1 : 0;
    } else for (const bin of leftBins) goesLeft[bin] = 1;
    const [rows, spare] = [this.#rows, this.#spareRows];
    const bins = this.#table.bins.subarray(column * rows.length, (column + 1) * rows.length);
    let middle = start;
    let others = 0;
    // every row is written to both sides, and the side that it belongs to moves on: no branch to be guessed wrong
    for (let at = start; at < end; at++) {
      const row = rows[at]!;
      const isLeft = goesLeft[bins[row]!]!;
      rows[middle] = row;
      spare[others] = row;
      middle += isLeft;
      others += 1 - isLeft;
    }
    rows.set(spare.subarray(0, others), middle);
    return middle;
  }

  #finish(leaves: readonly Leaf[], nodes: NodeList, { values, stride, offset }: ScoreColumn): Tree {
    const { learningRate, l2 } = this.#limits;
    for (const { node, start, end, sums, bounds, histogram } of leaves) {
      const value = Math.fround(learningRate * bestValue(sums, l2, bounds));
      nodes.setValue(node, value);
      for (let at = start; at < end; at++) values[this.#rows[at]! * stride + offset]! += value;
      if (histogram) this.#spareHistograms.push(histogram);
    }
    return nodes.tree();
  }

  #spare(): Histogram {
    return this.#spareHistograms.pop() ?? new Float64Array(this.#layout.length);
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
