import type { BinnedTable } from './bins.ts';

/** Bins of a column in a histogram, that of missing values included. */
export const BIN_STRIDE = 256;

/** Sums over the rows of a node, by column and bin: entry `column * BIN_STRIDE + bin`. */
export interface Histogram {
  readonly gradients: Float64Array;
  readonly hessians: Float64Array;
  readonly counts: Int32Array;
}

/** First and second derivatives of the loss by the score, row by row. */
export interface Derivatives {
  readonly gradients: Float64Array;
  readonly hessians: Float64Array;
}

export function emptyHistogram(columns: number): Histogram {
  const size = columns * BIN_STRIDE;
  return {
    gradients: new Float64Array(size),
    hessians: new Float64Array(size),
    counts: new Int32Array(size),
  };
}

/** Fills a histogram with some rows of a table. */
export function fillHistogram(
  histogram: Histogram,
  { rows, columns, bins }: BinnedTable,
  selected: Uint32Array,
  derivatives: Derivatives,
): void {
  const { gradients, hessians, counts } = histogram;
  gradients.fill(0);
  hessians.fill(0);
  counts.fill(0);
  // gathered once, so that the loop over each column reads them in order
  const rowGradients = new Float64Array(selected.length);
  const rowHessians = new Float64Array(selected.length);
  for (let at = 0; at < selected.length; at++) {
    rowGradients[at] = derivatives.gradients[selected[at]!]!;
    rowHessians[at] = derivatives.hessians[selected[at]!]!;
  }
  for (let column = 0; column < columns.length; column++) {
    const from = column * rows;
    const to = column * BIN_STRIDE;
    for (let at = 0; at < selected.length; at++) {
      const entry = to + bins[from + selected[at]!]!;
      gradients[entry]! += rowGradients[at]!;
      hessians[entry]! += rowHessians[at]!;
      counts[entry]! += 1;
    }
  }
}

/** Turns the histogram of a node into that of one child by taking away the other's, which costs no look at the rows. */
export function subtractHistogram(parent: Histogram, child: Histogram): void {
  for (let entry = 0; entry < parent.counts.length; entry++) {
    parent.gradients[entry]! -= child.gradients[entry]!;
    parent.hessians[entry]! -= child.hessians[entry]!;
    parent.counts[entry]! -= child.counts[entry]!;
  }
}
