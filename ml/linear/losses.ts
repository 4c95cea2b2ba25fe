import type { SideCosts } from './class-weights.ts';

/** A loss of the scores of a row. */
export interface RowLoss {
  readonly scores: number;
  /** the largest second derivative along any direction of the scores */
  readonly curvature: number;
  /** Replaces the margins of a row by the derivatives of its loss, and returns that. */
  derive(margins: Float64Array, row: number): number;
}

/**
 * Cross-entropy of a softmax over the classes that the row is an example of or against.
 *
 * @param sides see `SvmProblem`
 * @param weights of the classes that rows are examples of
 */
export const crossEntropy = (
  sides: Int8Array,
  classes: number,
  weights: Float64Array = new Float64Array(classes).fill(1),
): RowLoss => ({
  scores: classes,
  curvature: Math.max(...weights) / 2,
  derive(margins, row) {
    const own = sides.subarray(row * classes, (row + 1) * classes);
    let peak = -Infinity;
    let right = 0;
    let weight = 1;
    for (let k = 0; k < classes; k++) {
      if (own[k] === 0) margins[k] = -Infinity;
      if (own[k] === 1) {
        right = margins[k]!;
        weight = weights[k]!;
      }
      peak = Math.max(peak, margins[k]!);
    }
    let total = 0;
    for (let k = 0; k < classes; k++) total += Math.exp(margins[k]! - peak);
    for (let k = 0; k < classes; k++) {
      margins[k] = weight * (Math.exp(margins[k]! - peak) / total - (own[k] === 1 ? 1 : 0));
    }
    return weight * (peak + Math.log(total) - right);
  },
});

/**
 * Log loss of each label by itself, summed over the labels: what one-vs-rest logistic regression minimises.
 *
 * @param sides rows × labels: 1 where the row has the label, else −1
 */
export const logisticOfEach = (sides: Int8Array, labels: number): RowLoss => ({
  scores: labels,
  curvature: 1 / 4,
  derive(margins, row) {
    let loss = 0;
    for (let k = 0; k < labels; k++) {
      const side = sides[row * labels + k]!;
      const against = Math.exp(-Math.abs(margins[k]!)); // of the less likely side
      const isWrong = side * margins[k]! < 0;
      loss += Math.log1p(against) + (isWrong ? Math.abs(margins[k]!) : 0);
      margins[k] = (-side * (isWrong ? 1 : against)) / (1 + against);
    }
    return loss;
  },
});

/**
 * Squared hinge of each class against the rest, summed over the classes.
 *
 * @param sides see `SvmProblem`
 */
export const squaredHinge = (sides: Int8Array, costs: readonly SideCosts[]): RowLoss => ({
  scores: costs.length,
  curvature: 2 * Math.max(...costs.flatMap(({ example, against }) => [example, against])),
  derive(margins, row) {
    let loss = 0;
    for (let k = 0; k < costs.length; k++) {
      const side = sides[row * costs.length + k]!;
      const shortfall = side === 0 ? 0 : Math.max(0, 1 - side * margins[k]!);
      const cost = side > 0 ? costs[k]!.example : costs[k]!.against;
      margins[k] = -2 * cost * side * shortfall;
      loss += cost * shortfall * shortfall;
    }
    return loss;
  },
});

/** Half the squared error. */
export const squaredError = (targets: Float64Array): RowLoss => ({
  scores: 1,
  curvature: 1,
  derive(margins, row) {
    const error = margins[0]! - targets[row]!;
    margins[0] = error;
    return (error * error) / 2;
  },
});
