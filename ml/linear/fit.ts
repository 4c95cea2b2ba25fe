import { fitTemperature, softmaxRows } from '../calibration/temperature.ts';
import { argmaxRows, type SparseMatrix } from '../matrix.ts';
import { confusionMatrix, macroF1 } from '../metrics/confusion.ts';
import { logLoss } from '../metrics/probabilistic.ts';
import { regressionMetrics } from '../metrics/regression.ts';
import { seededRandom } from '../random.ts';
import { crossEntropy, squaredError } from './losses.ts';
import { linearMargins, type Standard } from './model.ts';
import type { LinearParameters } from './parameters.ts';
import { QuasiNewton } from './quasi-newton.ts';
import type { LinearSolver } from './solver.ts';
import { DualCoordinateDescent } from './svm.ts';

/** What the features are fitted to. */
export type LinearTargets =
  | {
      readonly type: 'classification';
      readonly classes: number;
      /** see `SvmProblem` */
      readonly sides: Int8Array;
      /** the class of each validation row */
      readonly validation: Int32Array;
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
}

export interface LinearEpoch {
  readonly epoch: number;
  /** Squared hinge summed over classes, cross-entropy, or half the squared error of the standardised target. */
  readonly trainLoss: number;
  /** See the solvers; 0 at the optimum. */
  readonly violation: number;
  readonly validation?: Validation;
}

interface Validation {
  /** what is made small: log loss at the best temperature, or the root mean squared error */
  readonly loss: number;
  readonly temperature: number;
  readonly metrics: Readonly<Record<string, number>>;
}

interface Best {
  readonly epoch: number;
  readonly loss: number;
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
 * Fits weights: of many sparse features to classes by dual coordinate descent, else by L-BFGS. Yields after every epoch, and returns the weights of the epoch with the least
 * validation loss (of the last one when there are no validation samples). A fit that begins `after` a state that was
 * yielded ends as the one that yielded it.
 */
export function* fitLinear(
  problem: LinearProblem,
  parameters: LinearParameters,
  seed: number,
  after?: LinearState,
): Generator<{ report: LinearEpoch; state: () => LinearState }, LinearFit> {
  const { validation, targets } = problem;
  const solver = solverOf(problem, parameters.c, seed);
  const epochs: LinearEpoch[] = [...(after?.epochs ?? [])];
  let best: Best = after?.best ?? { epoch: 0, loss: Infinity, temperature: 1, weights: new Float32Array() };
  if (after) solver.restore(after.solver, epochs.length);
  let stopped = after && endOf(after.epochs.at(-1)!, best, parameters);
  while (!stopped && epochs.length < parameters.maxEpochs) {
    const { loss: trainLoss, violation } = solver.pass();
    const epoch = epochs.length + 1;
    const report = { epoch, trainLoss, violation, ...validate(validation, targets, solver.weights) };
    epochs.push(report);
    const { loss = best.loss, temperature = 1 } = report.validation ?? {};
    if (loss < best.loss || !report.validation) {
      best = { epoch, loss, temperature, weights: solver.weights.slice() };
    }
    const soFar = best;
    yield { report, state: () => ({ epochs: [...epochs], best: soFar, solver: solver.state }) };
    stopped = endOf(report, best, parameters);
  }
  const { weights, temperature, epoch: bestEpoch } = best;
  return { weights, temperature, epochs, bestEpoch, stopped: stopped ?? 'max-epochs' };
}

function endOf(
  { epoch, violation }: LinearEpoch,
  best: Best,
  { tolerance, patience }: LinearParameters,
): 'converged' | 'patience' | undefined {
  if (violation <= tolerance) return 'converged';
  return epoch - best.epoch >= patience ? 'patience' : undefined;
}

function solverOf({ train, isSparse, targets }: LinearProblem, c: number, seed: number): LinearSolver {
  if (targets.type === 'regression') return new QuasiNewton(train, squaredError(targets.train), c);
  const { classes, sides } = targets;
  if (!isSparse) return new QuasiNewton(train, crossEntropy(sides, classes), c);
  return new DualCoordinateDescent({ features: train, classes, sides, c }, seededRandom(seed));
}

function validate(
  features: SparseMatrix,
  targets: LinearTargets,
  weights: Float32Array,
): { validation?: Validation } {
  if (features.rows === 0) return {};
  const margins = linearMargins(features, weights);
  if (targets.type === 'regression') {
    const { mean, deviation } = targets.standard;
    const metrics = regressionMetrics(
      margins.values.map((margin) => margin * deviation + mean),
      targets.validation,
    );
    return { validation: { loss: metrics.rmse, temperature: 1, metrics: { ...metrics } } };
  }
  const actual = targets.validation;
  const predicted = argmaxRows(margins);
  const temperature = fitTemperature(margins, actual);
  const loss = logLoss(softmaxRows(margins, temperature), actual);
  const metrics = {
    logLoss: loss,
    accuracy: predicted.filter((label, row) => label === actual[row]).length / features.rows,
    macroF1: macroF1(confusionMatrix(actual, predicted, margins.columns)),
  };
  return { validation: { loss, temperature, metrics } };
}
