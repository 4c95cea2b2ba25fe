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

/**
 * One step of the weights from `from` up to `to`, in place: the gradient of the first of them is `gradient[start]`. Those of a
 * row lie together, and nothing is copied: a step of few rows of many costs what it reads.
 */
type Rule = (
  weights: Numbers,
  gradient: Numbers,
  moments: readonly Float64Array[],
  step: Step,
  from: number,
  to: number,
  start: number,
) => void;

interface Step {
  readonly rate: number;
  readonly decay: number;
  readonly momentum: number;
  /** of adamw: its learning rate and its second moment, made up for how few steps there were */
  readonly stride: number;
  readonly correction: number;
}

const [BETA_1, BETA_2, ADAM_EPSILON, ADAGRAD_EPSILON] = [0.9, 0.999, 1e-8, 1e-10];

/** By the names of PyTorch's, which they equal, the moments that each keeps and its step. */
const RULES: Readonly<Record<OptimiserOptions['optimiser'], { moments: readonly string[]; rule: Rule }>> = {
  sgd: {
    moments: ['velocity'],
    rule(weights, gradient, [velocity], { rate, decay, momentum }, from, to, start) {
      for (let at = from; at < to; at++) {
        const moved = momentum * velocity![at]! + gradient[start + at - from]! + decay * weights[at]!;
        velocity![at] = moved;
        weights[at]! -= rate * moved;
      }
    },
  },
  adagrad: {
    moments: ['squares'],
    rule(weights, gradient, [squares], { rate, decay }, from, to, start) {
      for (let at = from; at < to; at++) {
        const slope = gradient[start + at - from]! + decay * weights[at]!;
        squares![at]! += slope * slope;
        weights[at]! -= (rate * slope) / (Math.sqrt(squares![at]!) + ADAGRAD_EPSILON);
      }
    },
  },
  adamw: {
    moments: ['first', 'second'],
    rule(weights, gradient, [first, second], { rate, decay, stride, correction }, from, to, start) {
      const kept = 1 - rate * decay;
      for (let at = from; at < to; at++) {
        const slope = gradient[start + at - from]!;
        const mean = BETA_1 * first![at]! + (1 - BETA_1) * slope;
        const square = BETA_2 * second![at]! + (1 - BETA_2) * slope * slope;
        first![at] = mean;
        second![at] = square;
        weights[at] = weights[at]! * kept - (stride * mean) / (Math.sqrt(square) / correction + ADAM_EPSILON);
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
      const step: Step = {
        ...{ rate, decay: decays ? weightDecay : 0, momentum },
        stride: rate / (1 - BETA_1 ** number),
        correction: Math.sqrt(1 - BETA_2 ** number),
      };
      const own = moments.map((arrays) => arrays[at]!);
      const gradient = gradients[at]!;
      const { rule } = RULES[optimiser];
      if (!('rows' in gradient)) {
        rule(weights, gradient, own, step, 0, weights.length, 0);
        continue;
      }
      const { rows, values } = gradient;
      const width = values.length / rows.length;
      for (let row = 0; row < rows.length; row++) {
        const from = rows[row]! * width;
        rule(weights, values, own, step, from, from + width, row * width);
      }
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
