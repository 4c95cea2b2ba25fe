import { type BinnedTable, type ColumnBins, GROUP } from './bins.ts';
import { MISSING_BIN } from './table.ts';

/**
 * Sums over the rows of a node, by column and bin: the gradient, hessian and count of a bin are the three numbers from
 * `column * COLUMN_STRIDE + bin * BIN_STRIDE` on. They lie together because they are added to together.
 */
export type Histogram = Float64Array;

export const BIN_STRIDE = 3;
export const COLUMN_STRIDE = BIN_STRIDE * (MISSING_BIN + 1);
const GROUP_STRIDE = GROUP * COLUMN_STRIDE;

/** First and second derivatives of the loss by the score, row by row. */
export interface Derivatives {
  readonly gradients: Float64Array;
  /** empty where each is 1 */
  readonly hessians: Float64Array;
}

/** Room for the columns, and for those that fill the last group up. */
export const emptyHistogram = (columns: number): Histogram =>
  new Float64Array(Math.ceil(columns / GROUP) * GROUP_STRIDE);

/**
 * Fills a histogram with selected rows of a table. The derivatives are those of these rows, in their order, so that they
 * are read one after the other.
 */
export function fillHistogram(
  histogram: Histogram,
  table: BinnedTable,
  selected: Uint32Array,
  { gradients, hessians }: Derivatives,
): void {
  histogram.fill(0);
  const groups = histogram.length / GROUP_STRIDE;
  for (let group = 0; group < groups; group++) {
    const sums = histogram.subarray(group * GROUP_STRIDE, (group + 1) * GROUP_STRIDE);
    const packed = table.packed.subarray(group * table.rows, (group + 1) * table.rows);
    if (hessians.length > 0) addGroup(sums, packed, selected, gradients, hessians);
    else addGroupOfConstantHessian(sums, packed, selected, gradients);
  }
  if (hessians.length > 0) return;
  for (let at = 0; at < histogram.length; at += BIN_STRIDE) histogram[at + 1] = histogram[at + 2]!;
}

function addGroup(
  sums: Float64Array,
  packed: Int32Array,
  selected: Uint32Array,
  gradients: Float64Array,
  hessians: Float64Array,
): void {
  for (let at = 0; at < selected.length; at++) {
    const bins = packed[selected[at]!]!;
    const gradient = gradients[at]!;
    const hessian = hessians[at]!;
    const first = (bins & 0xff) * BIN_STRIDE;
    const second = COLUMN_STRIDE + ((bins >>> 8) & 0xff) * BIN_STRIDE;
    const third = 2 * COLUMN_STRIDE + ((bins >>> 16) & 0xff) * BIN_STRIDE;
    const fourth = 3 * COLUMN_STRIDE + (bins >>> 24) * BIN_STRIDE;
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
  packed: Int32Array,
  selected: Uint32Array,
  gradients: Float64Array,
): void {
  for (let at = 0; at < selected.length; at++) {
    const bins = packed[selected[at]!]!;
    const gradient = gradients[at]!;
    const first = (bins & 0xff) * BIN_STRIDE;
    const second = COLUMN_STRIDE + ((bins >>> 8) & 0xff) * BIN_STRIDE;
    const third = 2 * COLUMN_STRIDE + ((bins >>> 16) & 0xff) * BIN_STRIDE;
    const fourth = 3 * COLUMN_STRIDE + (bins >>> 24) * BIN_STRIDE;
    sums[first]! += gradient;
    sums[first + 2]! += 1;
    sums[second]! += gradient;
    sums[second + 2]! += 1;
    sums[third]! += gradient;
    sums[third + 2]! += 1;
    sums[fourth]! += gradient;
    sums[fourth + 2]! += 1;
  }
}

/** Turns the histogram of a node into that of one child by taking away the other's, which costs no look at the rows. */
export function subtractHistogram(parent: Histogram, child: Histogram, columns: readonly ColumnBins[]): void {
  for (let column = 0; column < columns.length; column++) {
    const start = column * COLUMN_STRIDE;
    subtractRange(parent, child, start, start + columns[column]!.bins * BIN_STRIDE);
    const missing = start + MISSING_BIN * BIN_STRIDE;
    subtractRange(parent, child, missing, missing + BIN_STRIDE);
  }
}

function subtractRange(parent: Histogram, child: Histogram, start: number, end: number): void {
  for (let at = start; at < end; at++) parent[at]! -= child[at]!;
}
