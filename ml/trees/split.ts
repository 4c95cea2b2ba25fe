import type { ColumnBins } from './bins.ts';
import type { Histogram, HistogramLayout } from './histogram.ts';
import { MAX_BINS } from './table.ts';

export interface SplitLimits {
  /** the fewest rows of a leaf */
  readonly minLeaf: number;
  /** L2 regularisation of leaf values */
  readonly l2: number;
  /** by column: 1 where the score may only rise with its numbers, −1 where it may only fall; none where no column is bound */
  readonly directions?: Int8Array | undefined;
}

/** The values that a node, and all below it, may have. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

export const UNBOUND: Bounds = { lower: -Infinity, upper: Infinity };

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
const worth = (gradient: number, hessian: number, l2: number): number =>
  (gradient * gradient) / (hessian + l2);

/** The value of a node for which the second-order loss is least, within its bounds. */
export const bestValue = ({ gradient, hessian }: NodeSums, l2: number, { lower, upper }: Bounds): number =>
  Math.min(upper, Math.max(lower, -gradient / (hessian + l2)));

/** What a node is worth at a value: as `worth`, which is that at the best one. */
const worthAt = ({ gradient, hessian }: NodeSums, l2: number, value: number): number =>
  -value * (2 * gradient + (hessian + l2) * value);

const minus = (a: NodeSums, b: NodeSums): NodeSums => ({
  gradient: a.gradient - b.gradient,
  hessian: a.hessian - b.hessian,
  count: a.count - b.count,
});

/**
 * The best split of a node, or undefined where none improves it. Numbers are split between bins, with the missing on
 * the side that gains more; categories into two sets, found by going through them in the order of gradient over hessian
 * (W. Fisher, "On Grouping for Maximum Homogeneity", 1958; the second-order gain is equation 7 of XGBoost,
 * doi:10.1145/2939672.2939785). The first of equal splits wins, so that the result depends on the data alone.
 *
 * @param bounds of the node, where some column has a direction
 */
export function bestSplit(
  histogram: Histogram,
  { starts, stride }: HistogramLayout,
  columns: readonly ColumnBins[],
  node: NodeSums,
  limits: SplitLimits,
  bounds: Bounds = UNBOUND,
): Split | undefined {
  const best: Candidate = { gain: 0, at: 0, gradient: 0, hessian: 0, count: 0 };
  let chosen: Pick<Split, 'column' | 'leftBins' | 'missingLeft'> | undefined;
  for (let column = 0; column < columns.length; column++) {
    const { kind, bins } = columns[column]!;
    const start = starts[column]!;
    const scan = (order: Uint8Array, most: number, seed: number) =>
      limits.directions
        ? improveBound(best, histogram, { start, stride, order, most, seed, column }, node, limits, bounds)
        : improve(best, histogram, start, stride, order, most, seed, node, limits);
    if (kind === 'category') {
      const order = orderOfCategories(histogram, start, stride, bins, node);
      // a larger set on the left is the smaller one of the other direction
      const most = Math.min(Math.ceil(order.length / 2), bins - 1);
      for (const direction of [order, order.toReversed()]) {
        if (!scan(direction, most, NOTHING)) continue;
        chosen = { column, leftBins: [...direction.subarray(0, best.at + 1)], missingLeft: false };
      }
      continue;
    }
    const missing = start + bins * stride;
    const areMissing = histogram[missing + stride - 1]! > 0;
    // with all numbers on the left, only the missing are told apart
    if (scan(ASCENDING, areMissing ? bins : bins - 1, NOTHING)) {
      // of a value that is missing for the first time when the model is used, the larger side is the safer guess
      chosen = { column, leftBins: best.at, missingLeft: !areMissing && 2 * best.count >= node.count };
    }
    if (areMissing && scan(ASCENDING, bins - 1, missing)) {
      chosen = { column, leftBins: best.at, missingLeft: true };
    }
  }
  if (!chosen) return undefined;
  const left = { gradient: best.gradient, hessian: best.hessian, count: best.count };
  return { ...chosen, gain: best.gain, left, right: minus(node, left) };
}

/** The best split so far: the last bin of an order that goes left, and the sums of that side. */
interface Candidate {
  gain: number;
  at: number;
  gradient: number;
  hessian: number;
  count: number;
}

const ASCENDING = Uint8Array.from({ length: MAX_BINS }, (_, bin) => bin);
/** a seed of no bin */
const NOTHING = -1;

/**
 * Takes one bin after the other to the left, in an order and `most` at most, after the entry `seed`. Keeps what gains
 * more than the candidate; true if something did. Candidates are many, so none of them is an object of its own.
 */
function improve(
  best: Candidate,
  histogram: Histogram,
  start: number,
  stride: number,
  order: Uint8Array,
  most: number,
  seed: number,
  { gradient: allGradient, hessian: allHessian, count: all }: NodeSums,
  { minLeaf, l2 }: SplitLimits,
): boolean {
  const unsplit = worth(allGradient, allHessian, l2);
  let gradient = seed < 0 ? 0 : histogram[seed]!;
  let hessian = seed < 0 ? 0 : histogram[seed + 1]!;
  let count = seed < 0 ? 0 : histogram[seed + stride - 1]!;
  let largest = best.gain;
  for (let at = 0; at < most; at++) {
    const entry = start + order[at]! * stride;
    const own = histogram[entry + stride - 1]!;
    if (own === 0) continue; // the same split as at the bin before
    gradient += histogram[entry]!;
    hessian += histogram[entry + 1]!;
    count += own;
    if (count < minLeaf) continue;
    if (all - count < minLeaf) break;
    const others = allHessian - hessian;
    if (hessian < MIN_HESSIAN || others < MIN_HESSIAN) continue;
    const gain = worth(gradient, hessian, l2) + worth(allGradient - gradient, others, l2) - unsplit;
    if (gain <= largest) continue;
    largest = gain;
    best.at = at;
    best.gradient = gradient;
    best.hessian = hessian;
    best.count = count;
  }
  const improved = largest > best.gain;
  best.gain = largest;
  return improved;
}

/** Where `improveBound` looks: as the parameters of `improve`, and the column. */
interface Scan {
  readonly start: number;
  readonly stride: number;
  readonly order: Uint8Array;
  readonly most: number;
  readonly seed: number;
  readonly column: number;
}

/**
 * As `improve`, where columns have directions: both sides have the best value within the bounds of the node, and a split
 * is none when these are in the wrong order (the constraints of scikit-learn's HistGradientBoosting and LightGBM's "basic").
 */
function improveBound(
  best: Candidate,
  histogram: Histogram,
  { start, stride, order, most, seed, column }: Scan,
  node: NodeSums,
  { minLeaf, l2, directions }: SplitLimits,
  bounds: Bounds,
): boolean {
  const direction = directions![column]!;
  const unsplit = worthAt(node, l2, bestValue(node, l2, bounds));
  const before = best.gain;
  let gradient = seed < 0 ? 0 : histogram[seed]!;
  let hessian = seed < 0 ? 0 : histogram[seed + 1]!;
  let count = seed < 0 ? 0 : histogram[seed + stride - 1]!;
  for (let at = 0; at < most; at++) {
    const entry = start + order[at]! * stride;
    const own = histogram[entry + stride - 1]!;
    if (own === 0) continue; // the same split as at the bin before
    gradient += histogram[entry]!;
    hessian += histogram[entry + 1]!;
    count += own;
    if (count < minLeaf) continue;
    if (node.count - count < minLeaf) break;
    const left: NodeSums = { gradient, hessian, count };
    const right = minus(node, left);
    if (hessian < MIN_HESSIAN || right.hessian < MIN_HESSIAN) continue;
    const [low, high] = [bestValue(left, l2, bounds), bestValue(right, l2, bounds)];
    if (direction * (high - low) < 0) continue;
    const gain = worthAt(left, l2, low) + worthAt(right, l2, high) - unsplit;
    if (gain > best.gain) Object.assign(best, { gain, at, gradient, hessian, count });
  }
  return best.gain > before;
}

/** The bounds of both sides of a split: a column with a direction parts those of the node in the middle of the two values. */
export function boundsOf(
  { column, left, right }: Split,
  bounds: Bounds,
  { l2, directions }: SplitLimits,
): readonly [left: Bounds, right: Bounds] {
  const direction = directions?.[column] ?? 0;
  if (direction === 0) return [bounds, bounds];
  const middle = (bestValue(left, l2, bounds) + bestValue(right, l2, bounds)) / 2;
  const [below, above] = [
    { ...bounds, upper: middle },
    { ...bounds, lower: middle },
  ];
  return direction > 0 ? [below, above] : [above, below];
}

/** The categories that are told apart, by gradient over hessian. */
function orderOfCategories(
  histogram: Histogram,
  start: number,
  stride: number,
  bins: number,
  node: NodeSums,
): Uint8Array {
  const weightOf = node.count / node.hessian; // the hessian of a category in rows
  const used: number[] = [];
  const keys = new Float64Array(bins);
  for (let bin = 0; bin < bins; bin++) {
    const entry = start + bin * stride;
    const hessian = histogram[entry + 1]!;
    keys[bin] = histogram[entry]! / (hessian + CATEGORY_SMOOTHING);
    if (hessian * weightOf >= MIN_CATEGORY_WEIGHT) used.push(bin);
  }
  return Uint8Array.from(used.sort((a, b) => keys[a]! - keys[b]! || a - b));
}
