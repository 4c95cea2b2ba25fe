import { InvalidInput } from '../errors.ts';
import type { SparseMatrix } from '../matrix.ts';
import { type Random, shuffle } from '../random.ts';
import { EQUAL_COSTS, type SideCosts } from './class-weights.ts';
import type { LinearSolver, Pass } from './solver.ts';
import { addProducts, moveWeights } from './sparse-rows.ts';

export interface SvmProblem {
  readonly features: SparseMatrix;
  readonly classes: number;
  /** `sides[row * classes + k]`: 1 if the row is an example of class k, −1 if against it, 0 if neither. */
  readonly sides: Int8Array;
  /** The cost of a violation: the larger, the less regularised. */
  readonly c: number;
  /** for each class, factors of that cost; 1 unless given */
  readonly costs?: readonly SideCosts[];
}

interface State {
  readonly dual: Float64Array;
  readonly weights: Float32Array;
}

/**
 * One-vs-rest linear support vector machines with the squared hinge loss: for each class, minimises
 *
 *     ½‖w‖² + c · Σᵢ max(0, 1 − yᵢ w·xᵢ)²
 *
 * in its dual, one sample at a time (Hsieh, Chang, Lin, Keerthi and Sundararajan 2008, "A dual coordinate
 * descent method for large-scale linear SVM", algorithm 1; LIBLINEAR's solver 1). The bias is the weight of
 * a feature that is always 1. All classes visit a sample together, so its row is read once for all of them:
 * weights lie feature by feature, the classes of a feature side by side.
 */
export class DualCoordinateDescent implements LinearSolver {
  readonly classes: number;
  /** (columns + 1) × classes; the last row is the bias. In single precision they stay in the cache. */
  readonly weights: Float32Array;
  readonly #problem: SvmProblem;
  readonly #random: Random;
  readonly #dual: Float64Array;
  /** by class and side (against it, an example): the factor of the cost, */
  readonly #factors: Float64Array;
  /** the cost twice, */
  readonly #twiceCosts: Float64Array;
  /** and what the curvature has beyond that of a factor of 1, where it is 0 */
  readonly #moreCurvature: Float64Array;
  readonly #curvature: Float64Array; // xᵢ·xᵢ + 1 (of the bias) + 1/2c
  readonly #order: Int32Array;
  readonly #margins: Float64Array; // of the row at hand, by class
  readonly #steps: Float64Array; // likewise: the change of its dual variables, signed by side

  constructor(problem: SvmProblem, random: Random) {
    const { features, classes, sides, c, costs = Array<SideCosts>(classes).fill(EQUAL_COSTS) } = problem;
    if (sides.length !== features.rows * classes) {
      throw new InvalidInput('shape', `${features.rows} rows of ${classes} classes need as many sides`);
    }
    if (!(c > 0)) throw new InvalidInput('parameter', `c must be positive, not ${c}`);
    this.classes = classes;
    this.#factors = Float64Array.from(costs.flatMap(({ example, against }) => [against, example]));
    this.#twiceCosts = this.#factors.map((factor) => 2 * (factor * c));
    this.#moreCurvature = this.#twiceCosts.map((twice) => 1 / twice - 1 / (2 * c));
    this.weights = new Float32Array((features.columns + 1) * classes);
    this.#problem = problem;
    this.#random = random;
    this.#dual = new Float64Array(sides.length);
    this.#margins = new Float64Array(classes);
    this.#steps = new Float64Array(classes);
    this.#order = Int32Array.from({ length: features.rows }, (_, row) => row);
    this.#curvature = Float64Array.from({ length: features.rows }, (_, row) => {
      let squares = 1 + 1 / (2 * c);
      for (let at = features.offsets[row]!; at < features.offsets[row + 1]!; at++) {
        squares += features.values[at]! ** 2;
      }
      return squares;
    });
  }

  get state(): State {
    return { dual: this.#dual.slice(), weights: this.weights.slice() };
  }

  restore(state: unknown, passes: number): void {
    const { dual, weights } = state as State;
    this.#dual.set(dual);
    this.weights.set(weights);
    for (let pass = 0; pass < passes; pass++) shuffle(this.#order, this.#random);
  }

  /**
   * Visits every sample once, in a new random order. The loss is the squared hinge max(0, 1 − margin)² times its cost,
   * summed over classes, just before each update; the violation is the largest projected gradient.
   */
  pass(): Pass {
    let loss = 0;
    let violation = 0;
    const order = shuffle(this.#order, this.#random);
    for (let at = 0; at < order.length; at++) {
      const row = order[at]!;
      this.#computeMargins(row);
      const seen = this.#solveRow(row);
      if (seen.violation > 0) this.#moveWeights(row);
      loss += seen.loss;
      violation = Math.max(violation, seen.violation);
    }
    return { loss: loss / order.length, violation };
  }

  #computeMargins(row: number): void {
    const bias = this.weights.length - this.classes;
    for (let k = 0; k < this.classes; k++) this.#margins[k] = this.weights[bias + k]!;
    addProducts(this.#problem.features, row, this.weights, this.#margins);
  }

  /** Minimises over the row's dual variable of each class, and leaves in #steps how far the weights must move. */
  #solveRow(row: number): Pass {
    const { sides } = this.#problem;
    const { classes } = this;
    const margins = this.#margins;
    const duals = this.#dual;
    const steps = this.#steps;
    const ownCurvature = this.#curvature[row]!;
    let loss = 0;
    let violation = 0;
    for (let k = 0; k < classes; k++) {
      const at = row * classes + k;
      const side = sides[at]!;
      steps[k] = 0;
      if (side === 0) continue;
      const costAt = side > 0 ? 2 * k + 1 : 2 * k;
      const shortfall = 1 - side * margins[k]!;
      if (shortfall > 0) loss += this.#factors[costAt]! * shortfall * shortfall;
      const dual = duals[at]!;
      const gradient = dual / this.#twiceCosts[costAt]! - shortfall;
      if (gradient === 0 || (dual === 0 && gradient > 0)) continue;
      violation = Math.max(violation, Math.abs(gradient));
      const curvature = ownCurvature + this.#moreCurvature[costAt]!;
      const solved = Math.max(dual - gradient / curvature, 0);
      duals[at] = solved;
      steps[k] = (solved - dual) * side;
    }
    return { loss, violation };
  }

  #moveWeights(row: number): void {
    const bias = this.weights.length - this.classes;
    for (let k = 0; k < this.classes; k++) this.weights[bias + k]! += this.#steps[k]!;
    moveWeights(this.#problem.features, row, this.weights, this.#steps);
  }
}
