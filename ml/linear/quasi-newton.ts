import type { SparseMatrix } from '../matrix.ts';
import type { RowLoss } from './losses.ts';
import type { Pass, StartingSolver } from './solver.ts';

const STEPS_PER_PASS = 5;
/** Pairs of steps and changes of the gradient that stand for the curvature. */
const MEMORY = 10;
/** Of the decrease that the gradient promises, what a step must give (Armijo). */
const SUFFICIENT_DECREASE = 1e-4;
const MAX_HALVINGS = 30;

interface State {
  readonly weights: Float64Array;
  readonly steps: readonly Float64Array[];
  readonly changes: readonly Float64Array[];
}

/**
 * Minimises ½‖w‖² + c · Σᵢ loss(w·xᵢ) of a smooth convex loss by L-BFGS (Nocedal and Wright 2006, algorithm 7.5), the
 * bias being the weight of a feature that is always 1 and is not regularised. For few and dense features, where
 * coordinate descent is slow. A pass is some steps; nothing is drawn at random.
 */
export class QuasiNewton implements StartingSolver {
  readonly #features: SparseMatrix;
  readonly #loss: RowLoss;
  readonly #c: number;
  #weights: Float64Array;
  #steps: Float64Array[] = [];
  #changes: Float64Array[] = [];
  #current: { value: number; loss: number; gradient: Float64Array };

  constructor(features: SparseMatrix, loss: RowLoss, c: number) {
    this.#features = features;
    this.#loss = loss;
    this.#c = c;
    this.#weights = new Float64Array((features.columns + 1) * loss.scores);
    this.#current = this.#evaluate(this.#weights);
  }

  get weights(): Float32Array {
    return Float32Array.from(this.#weights);
  }

  get state(): State {
    return { weights: this.#weights, steps: [...this.#steps], changes: [...this.#changes] };
  }

  restore(state: unknown): void {
    const { weights, steps, changes } = state as State;
    this.#weights = weights;
    this.#steps = [...steps];
    this.#changes = [...changes];
    this.#current = this.#evaluate(weights);
  }

  startFrom(weights: Float32Array): void {
    this.#weights = Float64Array.from(weights);
    this.#current = this.#evaluate(this.#weights);
  }

  /** The violation is the largest derivative, in units of its noise over the samples. */
  pass(): Pass {
    for (let step = 0; step < STEPS_PER_PASS; step++) if (!this.#step()) break;
    const { loss, gradient } = this.#current;
    const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return { loss, violation: largest / (this.#c * Math.sqrt(this.#features.rows)) };
  }

  /** False when no step along the direction is better: the optimum, up to rounding. */
  #step(): boolean {
    const { value, gradient } = this.#current;
    const direction = this.#direction(gradient);
    const slope = dot(direction, gradient);
    let length = this.#steps.length > 0 ? 1 : 1 / Math.max(Math.sqrt(dot(gradient, gradient)), 1e-300);
    for (let halving = 0; halving < MAX_HALVINGS; halving++, length /= 2) {
      const weights = this.#weights.map((weight, at) => weight + length * direction[at]!);
      const next = this.#evaluate(weights);
      if (!(next.value < value + SUFFICIENT_DECREASE * length * slope)) continue;
      this.#remember(
        weights.map((weight, at) => weight - this.#weights[at]!),
        next.gradient.map((derivative, at) => derivative - gradient[at]!),
      );
      this.#weights = weights;
      this.#current = next;
      return true;
    }
    return false;
  }

  #remember(step: Float64Array, change: Float64Array): void {
    if (dot(step, change) <= 1e-12 * dot(change, change)) return; // no curvature to learn from
    this.#steps = [...this.#steps, step].slice(-MEMORY);
    this.#changes = [...this.#changes, change].slice(-MEMORY);
  }

  /** The two-loop recursion: −H · gradient. */
  #direction(gradient: Float64Array): Float64Array {
    const direction = gradient.map((value) => -value);
    const factors: number[] = [];
    for (let at = this.#steps.length - 1; at >= 0; at--) {
      const [step, change] = [this.#steps[at]!, this.#changes[at]!];
      const factor = dot(step, direction) / dot(step, change);
      factors[at] = factor;
      add(direction, -factor, change);
    }
    const [step, change] = [this.#steps.at(-1), this.#changes.at(-1)];
    if (step && change) {
      const scale = dot(step, change) / dot(change, change);
      for (let at = 0; at < direction.length; at++) direction[at]! *= scale;
    }
    for (const [at, earlier] of this.#steps.entries()) {
      const change = this.#changes[at]!;
      add(direction, factors[at]! - dot(change, direction) / dot(earlier, change), earlier);
    }
    return direction;
  }

  #evaluate(weights: Float64Array): { value: number; loss: number; gradient: Float64Array } {
    const { rows, columns, offsets } = this.#features;
    const { scores } = this.#loss;
    const bias = columns * scores;
    const gradient = new Float64Array(weights.length);
    const margins = new Float64Array(scores);
    let loss = 0;
    for (let row = 0; row < rows; row++) {
      const [start, end] = [offsets[row]!, offsets[row + 1]!];
      scoresOf(this.#features, start, end, weights, margins, bias);
      loss += this.#loss.derive(margins, row);
      for (let k = 0; k < scores; k++) gradient[bias + k]! += margins[k]!;
      addMultiples(this.#features, start, end, margins, gradient);
    }
    let squares = 0;
    for (let at = 0; at < bias; at++) {
      squares += weights[at]! ** 2;
      gradient[at] = this.#c * gradient[at]! + weights[at]!;
    }
    for (let at = bias; at < gradient.length; at++) gradient[at]! *= this.#c;
    return { value: squares / 2 + this.#c * loss, loss: loss / rows, gradient };
  }
}

/**
 * The scores of a row. Four at a time, each a sum of its own: twice as fast as one value after the other for all scores, and
 * added in the same order.
 */
function scoresOf(
  { indices, values }: SparseMatrix,
  start: number,
  end: number,
  weights: Float64Array,
  scores: Float64Array,
  bias: number,
): void {
  const { length } = scores;
  let k = 0;
  for (; k + 4 <= length; k += 4) {
    const own = bias + k;
    let [a, b, c, d] = [weights[own]!, weights[own + 1]!, weights[own + 2]!, weights[own + 3]!];
    for (let at = start; at < end; at++) {
      const value = values[at]!;
      const base = indices[at]! * length + k;
      a += value * weights[base]!;
      b += value * weights[base + 1]!;
      c += value * weights[base + 2]!;
      d += value * weights[base + 3]!;
    }
    scores[k] = a;
    scores[k + 1] = b;
    scores[k + 2] = c;
    scores[k + 3] = d;
  }
  for (; k < length; k++) {
    let sum = weights[bias + k]!;
    for (let at = start; at < end; at++) sum += values[at]! * weights[indices[at]! * length + k]!;
    scores[k] = sum;
  }
}

/** Adds to the gradient what a row has in it: its values times the derivatives of its scores. */
function addMultiples(
  { indices, values }: SparseMatrix,
  start: number,
  end: number,
  derivatives: Float64Array,
  gradient: Float64Array,
): void {
  const { length } = derivatives;
  let k = 0;
  for (; k + 4 <= length; k += 4) {
    const [a, b, c, d] = [derivatives[k]!, derivatives[k + 1]!, derivatives[k + 2]!, derivatives[k + 3]!];
    for (let at = start; at < end; at++) {
      const value = values[at]!;
      const base = indices[at]! * length + k;
      gradient[base]! += value * a;
      gradient[base + 1]! += value * b;
      gradient[base + 2]! += value * c;
      gradient[base + 3]! += value * d;
    }
  }
  for (; k < length; k++) {
    const derivative = derivatives[k]!;
    for (let at = start; at < end; at++) gradient[indices[at]! * length + k]! += values[at]! * derivative;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}

function add(to: Float64Array, factor: number, vector: Float64Array): void {
  for (let at = 0; at < to.length; at++) to[at]! += factor * vector[at]!;
}
