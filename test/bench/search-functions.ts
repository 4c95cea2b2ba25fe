import type { Value } from '../../ml/search/domain.ts';
import type { Values } from '../../ml/search/space.ts';

/** Functions that searches are measured with: a space as a file has it, the function, and its minimum. */
interface SearchFunction {
  readonly space: Readonly<Record<string, unknown>>;
  readonly minimum: number;
  of(values: Values): number;
}

const numberOf = (value: Value | undefined) => Number(value);

/** Of two parameters, with three minima (Branin 1972). */
const branin: SearchFunction = {
  space: { x1: { type: 'float', low: -5, high: 10 }, x2: { type: 'float', low: 0, high: 15 } },
  minimum: 0.397887,
  of({ x1, x2 }) {
    const [x, y] = [numberOf(x1), numberOf(x2)];
    const a = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6;
    return a ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
  },
};

const ALPHA = [1, 1.2, 3, 3.2];
const A = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const P = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];

/** Of six parameters, with six minima (Hartmann 1972). */
const hartmann6: SearchFunction = {
  space: Object.fromEntries(
    Array.from({ length: 6 }, (_, at) => [`x${at + 1}`, { type: 'float', low: 0, high: 1 }]),
  ),
  minimum: -3.322368,
  of: (values) =>
    -ALPHA.reduce((sum, alpha, i) => {
      const exponent = A[i]!.reduce(
        (inner, a, j) => inner + a * (numberOf(values[`x${j + 1}`]) - P[i]![j]!) ** 2,
        0,
      );
      return sum + alpha * Math.exp(-exponent);
    }, 0),
};

const OFFSETS: Readonly<Record<string, readonly [offset: number, log10Rate: number]>> = {
  sgd: [0.2, -1],
  adam: [0, -3],
  rmsprop: [0.1, -3.5],
};

/** As a neural network has them: a choice, numbers on linear and logarithmic scales, and one under a condition. */
const mixed: SearchFunction = {
  space: {
    kind: { type: 'categorical', choices: ['sgd', 'adam', 'rmsprop'] },
    lr: { type: 'log_float', low: 1e-5, high: 1 },
    depth: { type: 'int', low: 1, high: 8 },
    width: { type: 'log_int', low: 16, high: 512 },
    dropout: { type: 'float', low: 0, high: 0.6 },
    momentum: { type: 'float', low: 0, high: 1, when: { kind: 'sgd' } },
  },
  minimum: 0,
  of({ kind, lr, depth, width, dropout, momentum }) {
    const [offset, best] = OFFSETS[String(kind)]!;
    const loss =
      offset +
      (Math.log10(numberOf(lr)) - best) ** 2 +
      0.15 * (numberOf(depth) - 4) ** 2 +
      0.2 * (Math.log2(numberOf(width)) - 7) ** 2 +
      4 * (numberOf(dropout) - 0.25) ** 2;
    return kind === 'sgd' ? loss + 2 * (numberOf(momentum) - 0.9) ** 2 : loss;
  },
};

export const SEARCH_FUNCTIONS: Readonly<Record<string, SearchFunction>> = { branin, hartmann6, mixed };
