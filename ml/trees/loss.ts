import { InvalidInput } from '../errors.ts';
import type { Derivatives } from './histogram.ts';

/** What the trees learn: a number, one of two classes, one of several, or any number of labels. */
export type Objective =
  | { readonly kind: 'regression' }
  | { readonly kind: 'binary' }
  | { readonly kind: 'multiclass'; readonly classes: number }
  | {
      readonly kind: 'multilabel';
      readonly labels: number;
      /** sets × labels: 1 where a set has the label; a target is the number of its set */
      readonly sets: Uint8Array;
    };

/**
 * A loss of scores against targets, both row by row: `scores[row * this.scores + score]`. Targets are numbers, or
 * columns of classes, or numbers of sets of labels, from 0 on.
 */
export interface Loss {
  readonly scores: number;
  /** the constant scores that fit the targets best; rows count by their weights where there are some */
  base(targets: Float64Array, weights?: Float64Array): Float64Array;
  /** every second derivative is 1, and none is written */
  readonly constantHessian: boolean;
  /** Writes the derivatives by each of the scores, and returns the mean over the rows: both take the same exponentials. */
  derive(scores: Float64Array, targets: Float64Array, into: readonly Derivatives[]): number;
  /** The loss of one row, from the derivatives that were written. */
  ofRow(derivatives: readonly Derivatives[], row: number, target: number): number;
}

/**
 * Derivatives that were written, times how much each row counts.
 *
 * @returns the mean loss, rows counting by their weights
 */
export function weigh(
  loss: Loss,
  targets: Float64Array,
  weights: Float64Array,
  derivatives: readonly Derivatives[],
): number {
  let [total, sum] = [0, 0];
  for (let row = 0; row < weights.length; row++) {
    const weight = weights[row]!;
    total += weight * loss.ofRow(derivatives, row, targets[row]!);
    sum += weight;
    for (const { gradients, hessians } of derivatives) {
      gradients[row]! *= weight;
      hessians[row] = loss.constantHessian ? weight : hessians[row]! * weight;
    }
  }
  return total / sum;
}

/** −ln of the probability of a row's own class, which may have been rounded to 0. */
const surprise = (probability: number): number => -Math.log(Math.max(probability, Number.EPSILON));

/** @throws InvalidInput `targets` when they do not fit the objective */
export function lossOf(objective: Objective, targets: Float64Array): Loss {
  if (objective.kind === 'regression') {
    if (!targets.every(Number.isFinite)) throw new InvalidInput('targets', 'a target is not a finite number');
    return SQUARED;
  }
  const classes = classesIn(objective);
  for (const target of targets) {
    if (Number.isInteger(target) && target >= 0 && target < classes) continue;
    throw new InvalidInput('targets', `a target is ${target}; classes are 0 to ${classes - 1}`);
  }
  if (objective.kind === 'multilabel') return logisticOfEach(objective);
  return objective.kind === 'binary' ? LOGISTIC : softmax(objective.classes);
}

function classesIn(objective: Exclude<Objective, { kind: 'regression' }>): number {
  if (objective.kind === 'multilabel') return objective.sets.length / objective.labels;
  return objective.kind === 'binary' ? 2 : objective.classes;
}

/** Half the squared error. */
const SQUARED: Loss = {
  scores: 1,
  constantHessian: true,
  base: (targets, weights) =>
    Float64Array.of(
      weights
        ? sum(targets.map((target, row) => target * weights[row]!)) / sum(weights)
        : sum(targets) / targets.length,
    ),
  ofRow: ([derivatives], row) => derivatives!.gradients[row]! ** 2 / 2,
  derive(scores, targets, [into]) {
    const { gradients } = into!;
    let total = 0;
    for (let row = 0; row < targets.length; row++) {
      const gradient = scores[row]! - targets[row]!;
      gradients[row] = gradient;
      total += gradient * gradient;
    }
    return total / (2 * targets.length);
  },
};

/** Factors of at most 2 whose product is far from overflow. */
const FACTORS = 512;

/** Log loss; the score is the log-odds of class 1. */
const LOGISTIC: Loss = {
  scores: 1,
  constantHessian: false,
  base(targets, weights) {
    const [zero, one] = priors(targets, 2, weights);
    return Float64Array.of(Math.log(one! / zero!));
  },
  ofRow: ([derivatives], row) => surprise(1 - Math.abs(derivatives!.gradients[row]!)),
  derive(scores, targets, [into]) {
    const { gradients, hessians } = into!;
    let total = 0;
    // log(1 + exp(x)) is max(x, 0) + log(1 + exp(-|x|)); one logarithm of a product of many serves as many rows
    let product = 1;
    for (let row = 0; row < targets.length; row++) {
      const score = scores[row]!;
      const target = targets[row]!;
      const odds = Math.exp(-Math.abs(score)); // of the less likely class
      const likely = 1 / (1 + odds);
      const unlikely = odds * likely;
      gradients[row] = (score > 0 ? likely : unlikely) - target;
      hessians[row] = likely * unlikely;
      total += Math.max(score, 0) - target * score;
      product *= 1 + odds;
      if (row % FACTORS !== 0) continue;
      total += Math.log(product);
      product = 1;
    }
    return (total + Math.log(product)) / targets.length;
  },
};

/** Log loss of a softmax over one score for each class. */
function softmax(classes: number): Loss {
  const exponentials = new Float64Array(classes);
  return {
    scores: classes,
    constantHessian: false,
    base: (targets, weights) => priors(targets, classes, weights).map(Math.log),
    ofRow: (derivatives, row, target) => surprise(1 + derivatives[target]!.gradients[row]!),
    derive(scores, targets, into) {
      let loss = 0;
      for (let row = 0; row < targets.length; row++) {
        const start = row * classes;
        const target = targets[row]!;
        let largest = -Infinity;
        for (let at = start; at < start + classes; at++) largest = Math.max(largest, scores[at]!);
        let total = 0;
        for (let own = 0; own < classes; own++) {
          exponentials[own] = Math.exp(scores[start + own]! - largest);
          total += exponentials[own]!;
        }
        for (let own = 0; own < classes; own++) {
          const { gradients, hessians } = into[own]!;
          const probability = exponentials[own]! / total;
          gradients[row] = probability - (target === own ? 1 : 0);
          hessians[row] = probability * (1 - probability);
        }
        loss += largest + Math.log(total) - scores[start + target]!;
      }
      return loss / targets.length;
    },
  };
}

/** Log loss of each label by itself, the mean over the labels; scores are log-odds. */
function logisticOfEach({ labels, sets }: Objective & { kind: 'multilabel' }): Loss {
  const has = (target: number, label: number) => sets[target * labels + label]!;
  return {
    scores: labels,
    constantHessian: false,
    base(targets, weights) {
      const all = weights ? sum(weights) : targets.length;
      return Float64Array.from({ length: labels }, (_, label) => {
        const own = sum(targets.map((target, row) => has(target, label) * (weights ? weights[row]! : 1)));
        return Math.log(Math.max(own, 0.5) / Math.max(all - own, 0.5));
      });
    },
    ofRow(derivatives, row) {
      const losses = derivatives.map(({ gradients }) => surprise(1 - Math.abs(gradients[row]!)));
      return losses.reduce((total, loss) => total + loss, 0) / labels;
    },
    derive(scores, targets, into) {
      let total = 0;
      for (let row = 0; row < targets.length; row++) {
        for (let label = 0; label < labels; label++) {
          const score = scores[row * labels + label]!;
          const isOwn = has(targets[row]!, label);
          const odds = Math.exp(-Math.abs(score)); // of the less likely side
          const likely = 1 / (1 + odds);
          const { gradients, hessians } = into[label]!;
          gradients[row] = (score > 0 ? likely : odds * likely) - isOwn;
          hessians[row] = odds * likely * likely;
          total += Math.max(score, 0) - isOwn * score + Math.log1p(odds);
        }
      }
      return total / (labels * targets.length);
    },
  };
}

/** Shares of the classes; one that does not occur counts as half a row, for its logarithm must be finite. */
function priors(targets: Float64Array, classes: number, weights?: Float64Array): Float64Array {
  const counts = new Float64Array(classes);
  for (let row = 0; row < targets.length; row++) counts[targets[row]!]! += weights ? weights[row]! : 1;
  const all = weights ? sum(weights) : targets.length;
  return counts.map((count) => Math.max(count, 0.5) / all);
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
