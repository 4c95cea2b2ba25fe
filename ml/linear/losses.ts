/** A loss of the scores of a row. */
export interface RowLoss {
  readonly scores: number;
  /** Replaces the margins of a row by the derivatives of its loss, and returns that. */
  derive(margins: Float64Array, row: number): number;
}

/**
 * Cross-entropy of a softmax over the classes that the row is an example of or against.
 *
 * @param sides see `SvmProblem`
 */
export const crossEntropy = (sides: Int8Array, classes: number): RowLoss => ({
  scores: classes,
  derive(margins, row) {
    const own = sides.subarray(row * classes, (row + 1) * classes);
    let peak = -Infinity;
    let right = 0;
    for (let k = 0; k < classes; k++) {
      if (own[k] === 0) margins[k] = -Infinity;
      if (own[k] === 1) right = margins[k]!;
      peak = Math.max(peak, margins[k]!);
    }
    let total = 0;
    for (let k = 0; k < classes; k++) total += Math.exp(margins[k]! - peak);
    for (let k = 0; k < classes; k++) {
      margins[k] = Math.exp(margins[k]! - peak) / total - (own[k] === 1 ? 1 : 0);
    }
    return peak + Math.log(total) - right;
  },
});

/** Half the squared error. */
export const squaredError = (targets: Float64Array): RowLoss => ({
  scores: 1,
  derive(margins, row) {
    const error = margins[0]! - targets[row]!;
    margins[0] = error;
    return (error * error) / 2;
  },
});
