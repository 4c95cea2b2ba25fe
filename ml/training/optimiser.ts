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

  /** @param gradients one for each of the trainables, in their order */
  step(gradients: readonly Numbers[], rate: number): void {
    const { optimiser, weightDecay, momentum } = this.#options;
    const number = ++this.#steps;
    const moments = Object.values(this.#moments);
    for (const [at, { weights, decays }] of this.#trainables.entries()) {
      const step = { rate, decay: decays ? weightDecay : 0, momentum, number };
      RULES[optimiser].rule(
        weights,
        gradients[at]!,
        moments.map((arrays) => arrays[at]!),
        step,
      );
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
