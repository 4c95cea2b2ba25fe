import { InvalidInput } from '../errors.ts';
import type { Derivatives } from './histogram.ts';

/** What the trees learn: a number, one of two classes, or one of several. */
export type Objective =
  | { readonly kind: 'regression' }
  | { readonly kind: 'binary' }
  | { readonly kind: 'multiclass'; readonly classes: number };

/**
 * A loss of scores against targets, both row by row: `scores[row * this.scores + score]`. Targets are numbers, or
 * columns of classes from 0 on.
 */
export interface Loss {
  readonly scores: number;
  /** the constant scores that fit the targets best */
  base(targets: Float64Array): Float64Array;
  /** every second derivative is 1, and none is written */
  readonly constantHessian: boolean;
  /** writes the derivatives by one of the scores */
  derive(scores: Float64Array, targets: Float64Array, score: number, into: Derivatives): void;
  /** mean over the rows */
  mean(scores: Float64Array, targets: Float64Array): number;
}

/** @throws InvalidInput `targets` when they do not fit the objective */
export function lossOf(objective: Objective, targets: Float64Array): Loss {
  if (objective.kind === 'regression') {
    if (!targets.every(Number.isFinite)) throw new InvalidInput('targets', 'a target is not a finite number');
    return SQUARED;
  }
  const classes = objective.kind === 'binary' ? 2 : objective.classes;
  for (const target of targets) {
    if (Number.isInteger(target) && target >= 0 && target < classes) continue;
    throw new InvalidInput('targets', `a target is ${target}; classes are 0 to ${classes - 1}`);
  }
  return objective.kind === 'binary' ? LOGISTIC : softmax(objective.classes);
}

/** Half the squared error. */
const SQUARED: Loss = {
  scores: 1,
  constantHessian: true,
  base: (targets) => Float64Array.of(sum(targets) / targets.length),
  derive(scores, targets, _, { gradients }) {
    for (let row = 0; row < targets.length; row++) gradients[row] = scores[row]! - targets[row]!;
  },
  mean(scores, targets) {
    let total = 0;
    for (let row = 0; row < targets.length; row++) total += (scores[row]! - targets[row]!) ** 2;
    return total / (2 * targets.length);
  },
};

/** Factors of at most 2 whose product is far from overflow. */
const FACTORS = 512;

/** Log loss; the score is the log-odds of class 1. */
const LOGISTIC: Loss = {
  scores: 1,
  constantHessian: false,
  base(targets) {
    const [zero, one] = priors(targets, 2);
    return Float64Array.of(Math.log(one! / zero!));
  },
  derive(scores, targets, _, { gradients, hessians }) {
    for (let row = 0; row < targets.length; row++) {
      const probability = 1 / (1 + Math.exp(-scores[row]!));
      gradients[row] = probability - targets[row]!;
      hessians[row] = probability * (1 - probability);
    }
  },
  mean(scores, targets) {
    let total = 0;
    // log(1 + exp(x)) is max(x, 0) + log(1 + exp(-|x|)); one logarithm of a product of many serves as many rows
    let product = 1;
    for (let row = 0; row < targets.length; row++) {
      const score = scores[row]!;
      total += Math.max(score, 0) - targets[row]! * score;
      product *= 1 + Math.exp(-Math.abs(score));
      if (row % FACTORS !== 0) continue;
      total += Math.log(product);
      product = 1;
    }
    return (total + Math.log(product)) / targets.length;
  },
};

/** Log loss of a softmax over one score for each class. */
function softmax(classes: number): Loss {
  const logSumExp = (scores: Float64Array, row: number): number => {
    const start = row * classes;
    let largest = -Infinity;
    for (let at = start; at < start + classes; at++) largest = Math.max(largest, scores[at]!);
    let total = 0;
    for (let at = start; at < start + classes; at++) total += Math.exp(scores[at]! - largest);
    return largest + Math.log(total);
  };
  return {
    scores: classes,
    constantHessian: false,
    base: (targets) => priors(targets, classes).map(Math.log),
    derive(scores, targets, score, { gradients, hessians }) {
      for (let row = 0; row < targets.length; row++) {
        const probability = Math.exp(scores[row * classes + score]! - logSumExp(scores, row));
        gradients[row] = probability - (targets[row] === score ? 1 : 0);
        hessians[row] = probability * (1 - probability);
      }
    },
    mean: (scores, targets) =>
      targets.reduce(
        (total, target, row) => total + logSumExp(scores, row) - scores[row * classes + target]!,
        0,
      ) / targets.length,
  };
}

/** Shares of the classes; one that does not occur counts as half a row, for its logarithm must be finite. */
function priors(targets: Float64Array, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (const target of targets) counts[target]! += 1;
  return counts.map((count) => Math.max(count, 0.5) / targets.length);
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
