import type { SparseMatrix } from '../matrix.ts';
import { type Random, shuffle } from '../random.ts';
import type { RowLoss } from './losses.ts';
import { ShrinkingSteps } from './shrinking-steps.ts';
import type { Pass, StartingSolver } from './solver.ts';

interface Options {
  readonly c: number;
  /** r */
  readonly l1Ratio: number;
  readonly random: Random;
  /** false: the bias is regularised */
  readonly hasFreeBias?: boolean;
}

interface State {
  readonly weights: Float64Array;
  readonly seen: Float64Array;
  readonly average: Float64Array;
}

/**
 * Minimises (1 − r)/2 · ‖w‖² + r · ‖w‖₁ + c · Σᵢ loss(w·xᵢ) of a smooth convex loss by SAGA (Defazio, Bach and
 * Lacoste-Julien 2014), visiting every sample once a pass. The bias is the weight of a feature that is always 1 and is not
 * regularised, unless asked for as LIBLINEAR does it. What scikit-learn's `LogisticRegression(solver='saga')` ends at.
 *
 * A step moves the weights of the features that its sample has; what the steps between would have done to the others is
 * made up for when they are needed, see `ShrinkingSteps`. Memory: two numbers for each weight, one for each score of each
 * sample. 200,000 features of 24 classes take 77 MB.
 */
export class AveragedGradient implements StartingSolver {
  readonly #features: SparseMatrix;
  readonly #loss: RowLoss;
  readonly #random: Random;
  readonly #weights: Float64Array;
  /** derivatives of each sample's loss by its scores when it was last visited */
  readonly #seen: Float64Array;
  /** the mean over the samples of those times their features */
  readonly #average: Float64Array;
  readonly #order: Int32Array;
  /** by feature: how many steps of the pass its weights have made */
  readonly #made: Int32Array;
  readonly #steps: ShrinkingSteps;
  readonly #biasSteps: ShrinkingSteps;
  /** by feature, the bias last: the root of the sum of the squares of its values */
  readonly #norms: Float64Array;

  constructor(features: SparseMatrix, loss: RowLoss, { c, l1Ratio, random, hasFreeBias = true }: Options) {
    const { rows, columns } = features;
    this.#features = features;
    this.#loss = loss;
    this.#random = random;
    this.#weights = new Float64Array((columns + 1) * loss.scores);
    this.#average = new Float64Array(this.#weights.length);
    this.#seen = new Float64Array(rows * loss.scores);
    this.#order = Int32Array.from({ length: rows }, (_, row) => row);
    this.#made = new Int32Array(columns);
    const strength = 1 / (c * rows); // of the regularisation of the mean loss
    const l2 = strength * (1 - l1Ratio);
    const smoothness = loss.curvature * (largestSquare(features) + 1) + l2;
    const length = 1 / (2 * smoothness + Math.min(2 * rows * l2, smoothness));
    this.#steps = new ShrinkingSteps(length, { l1: strength * l1Ratio, l2 }, rows);
    this.#biasSteps = new ShrinkingSteps(length, { l1: 0, l2: hasFreeBias ? 0 : l2 }, 1);
    this.#norms = norms(features);
  }

  get weights(): Float32Array {
    return Float32Array.from(this.#weights);
  }

  get state(): State {
    return { weights: this.#weights.slice(), seen: this.#seen.slice(), average: this.#average.slice() };
  }

  restore(state: unknown, passes: number): void {
    const { weights, seen, average } = state as State;
    this.#weights.set(weights);
    this.#seen.set(seen);
    this.#average.set(average);
    for (let pass = 0; pass < passes; pass++) shuffle(this.#order, this.#random);
  }

  startFrom(weights: Float32Array): void {
    const { rows, columns, offsets, indices, values } = this.#features;
    const { scores } = this.#loss;
    this.#weights.set(weights);
    for (let row = 0; row < rows; row++) {
      const derivatives = this.#seen.subarray(row * scores, (row + 1) * scores);
      this.#computeMargins(row, derivatives);
      this.#loss.derive(derivatives, row);
      for (let at = offsets[row]!; at <= offsets[row + 1]!; at++) {
        const isBias = at === offsets[row + 1]!;
        const base = (isBias ? columns : indices[at]!) * scores;
        const share = (isBias ? 1 : values[at]!) / rows;
        for (let k = 0; k < scores; k++) this.#average[base + k]! += share * derivatives[k]!;
      }
    }
  }

  /**
   * Visits every sample once, in a new random order. The loss is that before each step; the violation is the largest
   * derivative that is not 0 at the optimum, in units of the length of its feature, of the gradient as it was seen.
   */
  pass(): Pass {
    let loss = 0;
    const order = shuffle(this.#order, this.#random);
    const derivatives = new Float64Array(this.#loss.scores);
    for (let step = 0; step < order.length; step++) {
      const row = order[step]!;
      this.#catchUp(row, step);
      this.#computeMargins(row, derivatives);
      loss += this.#loss.derive(derivatives, row);
      this.#move(row, step + 1, derivatives);
    }
    this.#catchUpAll(order.length);
    return { loss: loss / order.length, violation: this.#violation() };
  }

  #computeMargins(row: number, margins: Float64Array): void {
    const { columns, offsets, indices, values } = this.#features;
    const scores = margins.length;
    const weights = this.#weights;
    for (let k = 0; k < scores; k++) margins[k] = weights[columns * scores + k]!;
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++) {
      const base = indices[at]! * scores;
      const value = values[at]!;
      for (let k = 0; k < scores; k++) margins[k]! += value * weights[base + k]!;
    }
  }

  /** Lets the features of a row make the steps that they have not made. */
  #catchUp(row: number, steps: number): void {
    const { offsets, indices } = this.#features;
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++) this.#catchUpFeature(indices[at]!, steps);
  }

  #catchUpFeature(feature: number, steps: number): void {
    const missed = steps - this.#made[feature]!;
    if (missed === 0) return;
    const { scores } = this.#loss;
    const base = feature * scores;
    this.#made[feature] = steps;
    this.#steps.makeAll(this.#weights, this.#average, { from: base, to: base + scores }, missed);
  }

  /** The end of a pass: the next one counts from 0. */
  #catchUpAll(steps: number): void {
    for (let feature = 0; feature < this.#made.length; feature++) this.#catchUpFeature(feature, steps);
    this.#made.fill(0);
  }

  #move(row: number, step: number, derivatives: Float64Array): void {
    const { rows, columns, offsets, indices, values } = this.#features;
    const scores = derivatives.length;
    const weights = this.#weights;
    const average = this.#average;
    const seen = this.#seen.subarray(row * scores, (row + 1) * scores);
    for (let k = 0; k < scores; k++) {
      const derivative = derivatives[k]!;
      derivatives[k] = derivative - seen[k]!; // the change
      seen[k] = derivative;
    }
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++) {
      const feature = indices[at]!;
      this.#made[feature] = step;
      this.#steps.make(weights, average, derivatives, { first: feature * scores, value: values[at]!, rows });
    }
    this.#biasSteps.make(weights, average, derivatives, { first: columns * scores, value: 1, rows });
  }

  #violation(): number {
    const { rows, columns } = this.#features;
    const { scores } = this.#loss;
    let largest = 0;
    for (let feature = 0; feature <= columns; feature++) {
      const { l1, l2 } = feature === columns ? this.#biasSteps.strengths : this.#steps.strengths;
      const unit = rows / this.#norms[feature]!; // the mean derivative as a sum
      for (let at = feature * scores; at < (feature + 1) * scores; at++) {
        const weight = this.#weights[at]!;
        const derivative = this.#average[at]! + l2 * weight + l1 * Math.sign(weight);
        const slack = weight === 0 ? l1 : 0; // where the L1 norm has an edge
        largest = Math.max(largest, unit * (Math.abs(derivative) - slack));
      }
    }
    return largest;
  }
}

function norms({ rows, columns, indices, values }: SparseMatrix): Float64Array {
  const squares = new Float64Array(columns + 1);
  for (let at = 0; at < indices.length; at++) squares[indices[at]!]! += values[at]! ** 2;
  squares[columns] = rows;
  return squares.map((square) => Math.sqrt(square) || 1); // a feature that never occurs has no derivative
}

function largestSquare({ rows, offsets, values }: SparseMatrix): number {
  let largest = 0;
  for (let row = 0; row < rows; row++) {
    let square = 0;
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++) square += values[at]! ** 2;
    largest = Math.max(largest, square);
  }
  return largest;
}
