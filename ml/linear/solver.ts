/** What one pass over the samples saw. */
export interface Pass {
  /** mean over samples */
  readonly loss: number;
  /** how far from the optimum, where it is 0 */
  readonly violation: number;
}

/** Fits the weights of a linear model, pass by pass. */
export interface LinearSolver {
  /** (columns + 1) × scores, row by row; the last row is the bias */
  readonly weights: Float32Array;
  pass(): Pass;
  /** What it takes to go on after so many passes, besides the problem and the seed. */
  readonly state: unknown;
  /** Goes on after passes that another solver of the same problem made. */
  restore(state: unknown, passes: number): void;
}

/** One that can begin near given weights instead of at 0, before its first pass. Where it ends stays the same. */
export interface StartingSolver extends LinearSolver {
  startFrom(weights: Float32Array): void;
}
