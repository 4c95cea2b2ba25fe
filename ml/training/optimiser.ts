export const OPTIMISERS = ['sgd', 'adagrad', 'adamw'] as const;

export interface OptimiserOptions {
  readonly optimiser: (typeof OPTIMISERS)[number];
  /** Of `adamw` decoupled from the gradient (Loshchilov and Hutter 2019), else added to it. */
  readonly weightDecay: number;
  /** of `sgd` */
  readonly momentum: number;
}

type Numbers = Float32Array | Float64Array;

/** Weights that are trained: they are changed in place. */
export interface Trainable {
  readonly weights: Numbers;
  /** whether they shrink by weight decay; biases and the gains of norms usually do not */
  readonly decays: boolean;
}

/** The gradient of some rows of a matrix, one after the other; that of the others is zero. */
export interface RowGradient {
  readonly rows: Int32Array;
  readonly values: Numbers;
}

/** What an optimiser knows after some steps, to go on from. */
export interface OptimiserState {
  readonly steps: number;
  /** by what they are, one array for each of the trainables */
  readonly moments: Readonly<Record<string, readonly Float64Array[]>>;
}

/** One step of one array of weights. */
type Rule = (weights: Numbers, gradient: Numbers, moments: readonly Float64Array[], step: Step) => void;

interface Step {
  readonly rate: number;
  readonly decay: number;
  readonly momentum: number;
  /** from 1 */
  readonly number: number;
}

const [BETA_1, BETA_2, ADAM_EPSILON, ADAGRAD_EPSILON] = [0.9, 0.999, 1e-8, 1e-10];

/** By the names of PyTorch's, which they equal, the moments that each keeps and its step. */
const RULES: Readonly<Record<OptimiserOptions['optimiser'], { moments: readonly string[]; rule: Rule }>> = {
  sgd: {
    moments: ['velocity'],
    rule(weights, gradient, [velocity], { rate, decay, momentum }) {
      for (let at = 0; at < weights.length; at++) {
        velocity![at] = momentum * velocity![at]! + gradient[at]! + decay * weights[at]!;
        weights[at]! -= rate * velocity![at]!;
      }
    },
  },
  adagrad: {
    moments: ['squares'],
    rule(weights, gradient, [squares], { rate, decay }) {
      for (let at = 0; at < weights.length; at++) {
        const slope = gradient[at]! + decay * weights[at]!;
        squares![at]! += slope * slope;
        weights[at]! -= (rate * slope) / (Math.sqrt(squares![at]!) + ADAGRAD_EPSILON);
      }
    },
  },
  adamw: {
    moments: ['first', 'second'],
    rule(weights, gradient, [first, second], { rate, decay, number }) {
      const stride = rate / (1 - BETA_1 ** number);
      const correction = Math.sqrt(1 - BETA_2 ** number);
      for (let at = 0; at < weights.length; at++) {
        const slope = gradient[at]!;
        first![at] = BETA_1 * first![at]! + (1 - BETA_1) * slope;
        second![at] = BETA_2 * second![at]! + (1 - BETA_2) * slope * slope;
        const denominator = Math.sqrt(second![at]!) / correction + ADAM_EPSILON;
        weights[at] = weights[at]! * (1 - rate * decay) - (stride * first![at]!) / denominator;
      }
    },
  },
};

/**
 * Makes steps with weights that are in this process: stochastic gradient descent with momentum, AdaGrad (Duchi, Hazan and
 * Singer 2011) or AdamW with betas 0.9 and 0.999, as `torch.optim` makes them. The moments are 64-bit.
 */
export class Optimiser {
  readonly #options: OptimiserOptions;
  readonly #trainables: readonly Trainable[];
  readonly #moments: Readonly<Record<string, readonly Float64Array[]>>;
  #steps: number;

  /** @param after the state of an earlier process, to go on from it */
  constructor(options: OptimiserOptions, trainables: readonly Trainable[], after?: OptimiserState) {
    this.#options = options;
    this.#trainables = trainables;
    this.#steps = after?.steps ?? 0;
    this.#moments = Object.fromEntries(
      RULES[options.optimiser].moments.map((name) => [
        name,
        trainables.map(
          ({ weights }, at) => after?.moments[name]?.[at]?.slice() ?? new Float64Array(weights.length),
        ),
      ]),
    );
  }

  /**
   * Rows without a gradient are left as they are, moments and decay included: a step costs what its rows do (PyTorch's
   * `SparseAdam`).
   *
   * @param gradients one for each of the trainables, in their order
   */
  step(gradients: readonly (Numbers | RowGradient)[], rate: number): void {
    const { optimiser, weightDecay, momentum } = this.#options;
    const number = ++this.#steps;
    const moments = Object.values(this.#moments);
    for (const [at, { weights, decays }] of this.#trainables.entries()) {
      const step = { rate, decay: decays ? weightDecay : 0, momentum, number };
      const own = moments.map((arrays) => arrays[at]!);
      const gradient = gradients[at]!;
      if ('rows' in gradient) stepRows(RULES[optimiser].rule, weights, gradient, own, step);
      else RULES[optimiser].rule(weights, gradient, own, step);
    }
  }

  /** A copy. */
  get state(): OptimiserState {
    const moments = Object.entries(this.#moments).map(([name, arrays]) => [
      name,
      arrays.map((array) => array.slice()),
    ]);
    return { steps: this.#steps, moments: Object.fromEntries(moments) };
  }
}

/** A step of some rows: they are taken out, moved, and put back. */
function stepRows(
  rule: Rule,
  weights: Numbers,
  { rows, values }: RowGradient,
  moments: readonly Float64Array[],
  step: Step,
): void {
  const width = values.length / rows.length;
  const taken = takeRows(weights, rows, width);
  const takenMoments = moments.map((array) => takeRows(array, rows, width));
  rule(taken, values, takenMoments, step);
  putRows(weights, rows, width, taken);
  for (const [at, array] of moments.entries()) putRows(array, rows, width, takenMoments[at]!);
}

function takeRows(array: Numbers, rows: Int32Array, width: number): Float64Array {
  const taken = new Float64Array(rows.length * width);
  for (let at = 0; at < rows.length; at++) {
    const from = rows[at]! * width;
    for (let k = 0; k < width; k++) taken[at * width + k] = array[from + k]!;
  }
  return taken;
}

function putRows(array: Numbers, rows: Int32Array, width: number, taken: Float64Array): void {
  for (let at = 0; at < rows.length; at++) {
    const from = rows[at]! * width;
    for (let k = 0; k < width; k++) array[from + k] = taken[at * width + k]!;
  }
}
