import { type BinnedTable, type ColumnBins, GROUP } from './bins.ts';

/**
 * Sums over the rows of a node, by column and bin. Those of a bin lie together because they are added to together: the
 * gradient, the hessian unless each is 1, and the count, see `HistogramLayout`.
 */
export type Histogram = Float64Array;

/** Where the sums of the bins of a table are: those of a bin from `starts[column] + bin * stride` on. */
export interface HistogramLayout {
  /** by column, and for those that fill the last group up, whose only bin is 0 */
  readonly starts: Int32Array;
  /** sums of a bin: the first is its gradient, the second its hessian, the last its count */
  readonly stride: 2 | 3;
  readonly length: number;
}

/** First and second derivatives of the loss by the score, row by row. */
export interface Derivatives {
  readonly gradients: Float64Array;
  /** empty where each is 1 */
  readonly hessians: Float64Array;
}

/** @param constantHessian where hessians are 1 they are the counts */
export function layoutOf(columns: readonly ColumnBins[], constantHessian: boolean): HistogramLayout {
  const stride = constantHessian ? 2 : 3;
  const starts = new Int32Array(Math.ceil(columns.length / GROUP) * GROUP);
  let length = 0;
  for (let column = 0; column < starts.length; column++) {
    starts[column] = length;
    length += stride * ((columns[column]?.bins ?? 0) + 1);
  }
  return { starts, stride, length };
}

/**
 * Fills a histogram with selected rows of a table. The derivatives are those of these rows, in their order, so that they
 * are read one after the other.
 */
export function fillHistogram(
  histogram: Histogram,
  { starts }: HistogramLayout,
  { packed, rows }: BinnedTable,
  selected: Uint32Array,
  { gradients, hessians }: Derivatives,
): void {
  histogram.fill(0);
  for (let group = 0; group * GROUP < starts.length; group++) {
    const own = packed.subarray(group * rows, (group + 1) * rows);
    const from = starts.subarray(group * GROUP, (group + 1) * GROUP);
    if (hessians.length > 0) addGroup(histogram, from, own, selected, gradients, hessians);
    else addGroupOfConstantHessian(histogram, from, own, selected, gradients);
  }
}

/**
 * The same with the first rows of a table, all that have derivatives. They are the rows of the root of each tree, so its
 * counts are known: those of a histogram that was filled with derivatives of 0.
 */
export function fillRootHistogram(
  histogram: Histogram,
  counts: Histogram,
  { starts }: HistogramLayout,
  { packed, rows }: BinnedTable,
  { gradients, hessians }: Derivatives,
): void {
  histogram.set(counts);
  for (let group = 0; group * GROUP < starts.length; group++) {
    const own = packed.subarray(group * rows, (group + 1) * rows);
    const from = starts.subarray(group * GROUP, (group + 1) * GROUP);
    if (hessians.length > 0) addDerivatives(histogram, from, own, gradients, hessians);
    else addGradients(histogram, from, own, gradients);
  }
}

function addDerivatives(
  sums: Float64Array,
  starts: Int32Array,
  packed: Int32Array,
  gradients: Float64Array,
  hessians: Float64Array,
): void {
  const [start1 = 0, start2 = 0, start3 = 0, start4 = 0] = starts;
  for (let row = 0; row < gradients.length; row++) {
    const bins = packed[row]!;
    const gradient = gradients[row]!;
    const hessian = hessians[row]!;
    const first = start1 + (bins & 0xff) * 3;
    const second = start2 + ((bins >>> 8) & 0xff) * 3;
    const third = start3 + ((bins >>> 16) & 0xff) * 3;
    const fourth = start4 + (bins >>> 24) * 3;
    sums[first]! += gradient;
    sums[first + 1]! += hessian;
    sums[second]! += gradient;
    sums[second + 1]! += hessian;
    sums[third]! += gradient;
    sums[third + 1]! += hessian;
    sums[fourth]! += gradient;
    sums[fourth + 1]! += hessian;
  }
}

function addGradients(
  sums: Float64Array,
  starts: Int32Array,
  packed: Int32Array,
  gradients: Float64Array,
): void {
  const [start1 = 0, start2 = 0, start3 = 0, start4 = 0] = starts;
  for (let row = 0; row < gradients.length; row++) {
    const bins = packed[row]!;
    const gradient = gradients[row]!;
    sums[start1 + (bins & 0xff) * 2]! += gradient;
    sums[start2 + ((bins >>> 8) & 0xff) * 2]! += gradient;
    sums[start3 + ((bins >>> 16) & 0xff) * 2]! += gradient;
    sums[start4 + (bins >>> 24) * 2]! += gradient;
  }
}

function addGroup(
  sums: Float64Array,
  starts: Int32Array,
  packed: Int32Array,
  selected: Uint32Array,
  gradients: Float64Array,
  hessians: Float64Array,
): void {
  const [start1 = 0, start2 = 0, start3 = 0, start4 = 0] = starts;
  for (let at = 0; at < selected.length; at++) {
    const bins = packed[selected[at]!]!;
    const gradient = gradients[at]!;
    const hessian = hessians[at]!;
    const first = start1 + (bins & 0xff) * 3;
    const second = start2 + ((bins >>> 8) & 0xff) * 3;
    const third = start3 + ((bins >>> 16) & 0xff) * 3;
    const fourth = start4 + (bins >>> 24) * 3;
    sums[first]! += gradient;
    sums[first + 1]! += hessian;
    sums[first + 2]! += 1;
    sums[second]! += gradient;
    sums[second + 1]! += hessian;
    sums[second + 2]! += 1;
    sums[third]! += gradient;
    sums[third + 1]! += hessian;
    sums[third + 2]! += 1;
    sums[fourth]! += gradient;
    sums[fourth + 1]! += hessian;
    sums[fourth + 2]! += 1;
  }
}

/** The same without hessians, which are the counts. */
function addGroupOfConstantHessian(
  sums: Float64Array,
  starts: Int32Array,
  packed: Int32Array,
  selected: Uint32Array,
  gradients: Float64Array,
): void {
  const [start1 = 0, start2 = 0, start3 = 0, start4 = 0] = starts;
  for (let at = 0; at < selected.length; at++) {
    const bins = packed[selected[at]!]!;
    const gradient = gradients[at]!;
    const first = start1 + (bins & 0xff) * 2;
    const second = start2 + ((bins >>> 8) & 0xff) * 2;
    const third = start3 + ((bins >>> 16) & 0xff) * 2;
    const fourth = start4 + (bins >>> 24) * 2;
    sums[first]! += gradient;
    sums[first + 1]! += 1;
    sums[second]! += gradient;
    sums[second + 1]! += 1;
    sums[third]! += gradient;
    sums[third + 1]! += 1;
    sums[fourth]! += gradient;
    sums[fourth + 1]! += 1;
  }
}

/** Turns the histogram of a node into that of one child by taking away the other's, which costs no look at the rows. */
export function subtractHistogram(parent: Histogram, child: Histogram): void {
  for (let at = 0; at < parent.length; at++) parent[at]! -= child[at]!;
}
