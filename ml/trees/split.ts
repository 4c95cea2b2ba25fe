import type { ColumnBins } from './bins.ts';
import { BIN_STRIDE, type Histogram } from './histogram.ts';
import { MISSING_BIN } from './table.ts';

export interface SplitLimits {
  /** the fewest rows of a leaf */
  readonly minLeaf: number;
  /** L2 regularisation of leaf values */
  readonly l2: number;
}

/** Sums over the rows of a node. */
export interface NodeSums {
  readonly gradient: number;
  readonly hessian: number;
  readonly count: number;
}

export interface Split {
  readonly column: number;
  /** how much the loss falls, up to the constant of the node */
  readonly gain: number;
  /** which bins go left: of a number those up to it, of a category those of the set */
  readonly leftBins: number | readonly number[];
  readonly missingLeft: boolean;
  readonly left: NodeSums;
  readonly right: NodeSums;
}

const MIN_HESSIAN = 1e-3;
/** A category with less weight than this in a node is never told apart: it goes right. */
const MIN_CATEGORY_WEIGHT = 10;
/** Pulls the order of rare categories towards the middle. */
const CATEGORY_SMOOTHING = 10;

/** What a node is worth: twice the fall of the second-order loss when it takes its best value. */
const score = ({ gradient, hessian }: NodeSums, l2: number): number => (gradient * gradient) / (hessian + l2);

const minus = (a: NodeSums, b: NodeSums): NodeSums => ({
  gradient: a.gradient - b.gradient,
  hessian: a.hessian - b.hessian,
  count: a.count - b.count,
});

/**
 * The best split of a node, or undefined where none improves it. Numbers are split between bins, with the missing on
 * the side that gains more; categories into two sets, found by going through them in the order of gradient over hessian
 * (W. Fisher, "On Grouping for Maximum Homogeneity", 1958; the second-order gain is that of XGBoost, arXiv:1603.02754,
 * equation 7). The first of equal splits wins, so that the result depends on the data alone.
 */
export function bestSplit(
  histogram: Histogram,
  columns: readonly ColumnBins[],
  node: NodeSums,
  limits: SplitLimits,
): Split | undefined {
  let best: Split | undefined;
  const worth = score(node, limits.l2);
  const offer = (column: number, leftBins: Split['leftBins'], missingLeft: boolean, left: NodeSums): void => {
    const right = minus(node, left);
    if (left.count < limits.minLeaf || right.count < limits.minLeaf) return;
    if (left.hessian < MIN_HESSIAN || right.hessian < MIN_HESSIAN) return;
    const gain = score(left, limits.l2) + score(right, limits.l2) - worth;
    if (gain <= (best?.gain ?? 0)) return;
    const chosen = typeof leftBins === 'number' ? leftBins : [...leftBins];
    best = { column, gain, leftBins: chosen, missingLeft, left, right };
  };
  for (const [column, { kind, bins }] of columns.entries()) {
    const start = column * BIN_STRIDE;
    if (kind === 'number') splitNumber(histogram, start, bins, node, (...args) => offer(column, ...args));
    else splitCategory(histogram, start, bins, node, (...args) => offer(column, ...args));
  }
  return best;
}

type Offer = (leftBins: Split['leftBins'], missingLeft: boolean, left: NodeSums) => void;

function splitNumber(histogram: Histogram, start: number, bins: number, node: NodeSums, offer: Offer): void {
  const { gradients, hessians, counts } = histogram;
  const missing = start + MISSING_BIN;
  const missingCount = counts[missing]!;
  const sides = missingCount > 0 ? [false, true] : [false];
  for (const missingLeft of sides) {
    let gradient = missingLeft ? gradients[missing]! : 0;
    let hessian = missingLeft ? hessians[missing]! : 0;
    let count = missingLeft ? missingCount : 0;
    // with all numbers on the left, only the missing are told apart
    const last = missingCount > 0 && !missingLeft ? bins : bins - 1;
    for (let bin = 0; bin < last; bin++) {
      const entry = start + bin;
      if (counts[entry] === 0) continue; // the same split as at the bin before
      gradient += gradients[entry]!;
      hessian += hessians[entry]!;
      count += counts[entry]!;
      // of a value that is missing for the first time when the model is used, the larger side is the safer guess
      const unseenLeft = missingCount > 0 ? missingLeft : 2 * count >= node.count;
      offer(bin, unseenLeft, { gradient, hessian, count });
    }
  }
}

function splitCategory(
  histogram: Histogram,
  start: number,
  bins: number,
  node: NodeSums,
  offer: Offer,
): void {
  const { gradients, hessians, counts } = histogram;
  const weightOf = node.count / node.hessian; // the hessian of a category in rows
  const used: number[] = [];
  for (let bin = 0; bin < bins; bin++) {
    if (hessians[start + bin]! * weightOf >= MIN_CATEGORY_WEIGHT) used.push(bin);
  }
  const order = (bin: number) => gradients[start + bin]! / (hessians[start + bin]! + CATEGORY_SMOOTHING);
  used.sort((a, b) => order(a) - order(b) || a - b);
  const most = Math.ceil(used.length / 2); // a larger set on the left is the smaller one of the other direction
  for (const direction of [used, used.toReversed()]) {
    let gradient = 0;
    let hessian = 0;
    let count = 0;
    for (let taken = 1; taken <= Math.min(most, bins - 1); taken++) {
      const entry = start + direction[taken - 1]!;
      gradient += gradients[entry]!;
      hessian += hessians[entry]!;
      count += counts[entry]!;
      offer(direction.slice(0, taken), false, { gradient, hessian, count });
    }
  }
}
