import { fitSigmoidTemperature, sigmoids } from '../calibration/probabilities.ts';
import { fitTemperature, softmaxRows } from '../calibration/temperature.ts';
import { argmaxRows, type DenseMatrix, type SparseMatrix } from '../matrix.ts';
import { confusionMatrix, macroF1 } from '../metrics/confusion.ts';
import { labelOutcomesOf, multilabelNumbers } from '../metrics/multilabel.ts';
import { logLoss } from '../metrics/probabilistic.ts';
import { regressionMetrics } from '../metrics/regression.ts';
import { seededRandom } from '../random.ts';
import { assertFiniteEpoch } from '../training/diverged.ts';
import {
  assertMonitored,
  type BestEpoch,
  isBetter,
  isOver,
  modeOf,
  NO_EPOCH,
  type StoppingRule,
} from '../training/early-stopping.ts';
import { AveragedGradient } from './averaged-gradient.ts';
import { sideCosts } from './class-weights.ts';
import { crossEntropy, logisticOfEach, type RowLoss, squaredError, squaredHinge } from './losses.ts';
import { linearMargins } from './model.ts';
import type { LinearParameters } from './parameters.ts';
import { QuasiNewton } from './quasi-newton.ts';
import type { LinearSolver, StartingSolver } from './solver.ts';
import type { Standard } from './standard.ts';
import { DualCoordinateDescent } from './svm.ts';

/** What the features are fitted to. */
export type LinearTargets =
  | {
      readonly type: 'classification';
      readonly classes: number;
      /** see `SvmProblem` */
      readonly sides: Int8Array;
      /** how much an error on an example of each class counts */
      readonly weights: Float64Array;
      /** the class of each validation row */
      readonly validation: Int32Array;
    }
  | {
      readonly type: 'multilabel';
      readonly classes: number;
      /** samples × labels: 1 where it has the label, else −1 */
      readonly sides: Int8Array;
      /** the columns of the labels of each validation row */
      readonly validation: readonly (readonly number[])[];
    }
  | {
      readonly type: 'regression';
      /** standardised */
      readonly train: Float64Array;
      readonly validation: Float64Array;
      readonly standard: Standard;
    };

export interface LinearProblem {
  /** whether the features are many and sparse, as those of texts */
  readonly isSparse: boolean;
  readonly train: SparseMatrix;
  readonly validation: SparseMatrix;
  readonly targets: LinearTargets;
  /** the weights to begin near, instead of at 0 */
  readonly start?: Float32Array;
}

export interface LinearEpoch {
  readonly epoch: number;
  /** Squared hinge summed over classes, cross-entropy, or half the squared error of the standardised target. */
  readonly trainLoss: number;
  /** See the solvers; 0 at the optimum. */
  readonly violation: number;
  readonly validation?: Validation;
}

export interface Validation {
  /** of the log loss, which is that at this temperature */
  readonly temperature: number;
  readonly metrics: Readonly<Record<string, number>>;
}

interface Best extends BestEpoch {
  readonly temperature: number;
  readonly weights: Float32Array;
}

/** A fit after an epoch: all that it takes to go on, besides the problem, the parameters and the seed. */
export interface LinearState {
  readonly epochs: readonly LinearEpoch[];
  readonly best: Best;
  readonly solver: unknown;
}

export interface LinearFit {
  readonly weights: Float32Array;
  readonly temperature: number;
  readonly epochs: readonly LinearEpoch[];
  /** The epoch whose weights these are. */
  readonly bestEpoch: number;
  readonly stopped: 'converged' | 'patience' | 'max-epochs';
}

/**
 * Fits weights, see `solverOf`. Yields after every epoch, and returns the weights of the epoch with the best validation,
 * see `ruleOf` (of the last one when there are no validation samples). A fit that begins `after` a state that was yielded ends as
 * the one that yielded it.
 */
export function* fitLinear(
  problem: LinearProblem,
  parameters: LinearParameters,
  seed: number,
  after?: LinearState,
): Generator<{ report: LinearEpoch; state: () => LinearState }, LinearFit> {
  const { validation, targets } = problem;
  const rule = ruleOf(targets, parameters);
  const solver = solverOf(problem, parameters, seed);
  const epochs: LinearEpoch[] = [...(after?.epochs ?? [])];
  let best: Best = after?.best ?? { ...NO_EPOCH, temperature: 1, weights: new Float32Array() };
  if (after) solver.restore(after.solver, epochs.length);
  else if (problem.start && 'startFrom' in solver) solver.startFrom(problem.start);
  let stopped = after && endOf(after.epochs.at(-1)!, best, parameters.tolerance, rule);
  while (!stopped && epochs.length < parameters.maxEpochs) {
    const { loss: trainLoss, violation } = solver.pass();
    const epoch = epochs.length + 1;
    const report = { epoch, trainLoss, violation, ...validate(validation, targets, solver.weights) };
    assertFiniteEpoch(report, lossesOf(epochs), report.validation?.metrics[rule.monitor]);
    epochs.push(report);
    const { temperature = 1, metrics = {} } = report.validation ?? {};
    const value = metrics[rule.monitor] ?? Number.NaN;
    if (!report.validation || isBetter(rule, value, best)) {
      best = { epoch, value, temperature, weights: solver.weights.slice() };
    }
    const soFar = best;
    yield { report, state: () => ({ epochs: [...epochs], best: soFar, solver: solver.state }) };
    stopped = endOf(report, best, parameters.tolerance, rule);
  }
  const { weights, temperature, epoch: bestEpoch } = best;
  return { weights, temperature, epochs, bestEpoch, stopped: stopped ?? 'max-epochs' };
}

const MONITORED: Readonly<Record<LinearTargets['type'], readonly string[]>> = {
  classification: ['logLoss', 'accuracy', 'macroF1'],
  multilabel: ['logLoss', 'microF1', 'subsetAccuracy'],
  regression: ['rmse', 'mae', 'r2'],
};

/** Of classes the log loss at the best temperature decides, of numbers the root mean squared error, where none is named. */
export function ruleOf(
  { type }: LinearTargets,
  parameters: Pick<LinearParameters, 'patience' | 'minDelta' | 'monitor' | 'mode'>,
): StoppingRule {
  const { patience, minDelta, monitor: named, mode } = parameters;
  const [usual, ...others] = MONITORED[type];
  const monitor = named === 'auto' ? usual! : named;
  assertMonitored(monitor, [usual!, ...others]);
  return { monitor, mode: modeOf(monitor, mode), patience, minDelta };
}

const lossesOf = (epochs: readonly LinearEpoch[]) => epochs.map(({ trainLoss }) => trainLoss);

function endOf(
  { epoch, violation }: LinearEpoch,
  best: Best,
  tolerance: number,
  rule: StoppingRule,
): 'converged' | 'patience' | undefined {
  if (violation <= tolerance) return 'converged';
  return isOver(rule, epoch, best) ? 'patience' : undefined;
}

/**
 * Squared hinges without L1 by dual coordinate descent; what is smooth by L-BFGS where features are few, which keeps twenty
 * numbers for each weight; all else by averaged gradients. So also hinges that start from weights: no dual variables of
 * other data are known, and those that follow from the weights are far from the optimum (Chu, Ho, Tsai, Lin and Lin 2015,
 * "Warm start for parameter selection of linear classifiers"). The optimum is the same.
 */
function solverOf(
  { train, isSparse, targets, start }: LinearProblem,
  { c, l1Ratio, loss }: LinearParameters,
  seed: number,
): LinearSolver | StartingSolver {
  const random = seededRandom(seed);
  const averaged = (loss: RowLoss) => new AveragedGradient(train, loss, { c, l1Ratio, random });
  if (targets.type === 'regression') {
    const squared = squaredError(targets.train);
    return l1Ratio === 0 ? new QuasiNewton(train, squared, c) : averaged(squared);
  }
  if (targets.type === 'multilabel') {
    const logistic = logisticOfEach(targets.sides, targets.classes);
    return l1Ratio === 0 && !isSparse ? new QuasiNewton(train, logistic, c) : averaged(logistic);
  }
  const { classes, sides, weights } = targets;
  if (methodOf(loss, isSparse) === 'logistic') {
    const logistic = crossEntropy(sides, classes, weights);
    return l1Ratio === 0 && !isSparse ? new QuasiNewton(train, logistic, c) : averaged(logistic);
  }
  const costs = sideCosts(weights);
  if (l1Ratio > 0) return averaged(squaredHinge(sides, costs));
  if (start) {
    const hinge = squaredHinge(sides, costs);
    return new AveragedGradient(train, hinge, { c, l1Ratio, random, hasFreeBias: false });
  }
  return new DualCoordinateDescent({ features: train, classes, sides, c, costs }, random);
}

/** The loss that is meant where none is named. */
export function methodOf(loss: LinearParameters['loss'], isSparse: boolean): 'squaredHinge' | 'logistic' {
  if (loss !== 'auto') return loss;
  return isSparse ? 'squaredHinge' : 'logistic';
}

const validate = (
  features: SparseMatrix,
  targets: LinearTargets,
  weights: Float32Array,
): { validation?: Validation } =>
  features.rows === 0 ? {} : { validation: validationOf(linearMargins(features, weights), targets) };

/** How good the scores of the validation rows are, there being some. */
export function validationOf(margins: DenseMatrix, targets: LinearTargets): Validation {
  if (targets.type === 'regression') {
    const { mean, deviation } = targets.standard;
    const metrics = regressionMetrics(
      margins.values.map((margin) => margin * deviation + mean),
      targets.validation,
    );
    return { temperature: 1, metrics: { ...metrics } };
  }
  if (targets.type === 'multilabel') {
    const temperature = fitSigmoidTemperature(margins, targets.validation);
    const outcomes = labelOutcomesOf(sigmoids(margins, temperature), targets.validation);
    const { logLoss, microF1, subsetAccuracy } = multilabelNumbers(
      outcomes,
      new Float64Array(margins.rows).fill(1),
    );
    return { temperature, metrics: { logLoss, microF1, subsetAccuracy } };
  }
  const actual = targets.validation;
  const predicted = argmaxRows(margins);
  const temperature = fitTemperature(margins, actual);
  const metrics = {
    logLoss: logLoss(softmaxRows(margins, temperature), actual),
    accuracy: predicted.filter((label, row) => label === actual[row]).length / margins.rows,
    macroF1: macroF1(confusionMatrix(actual, predicted, margins.columns)),
  };
  return { temperature, metrics };
}
