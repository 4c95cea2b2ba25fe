import { fitTemperature, softmaxRows } from '../calibration/temperature.ts';
import { InvalidInput } from '../errors.ts';
import { encodeCorpus } from '../features/corpus.ts';
import { Featuriser } from '../features/tfidf.ts';
import { buildVocabulary } from '../features/vocabulary.ts';
import { argmaxRows, type SparseMatrix } from '../matrix.ts';
import { confusionMatrix, macroF1 } from '../metrics/confusion.ts';
import { logLoss } from '../metrics/probabilistic.ts';
import { seededRandom } from '../random.ts';
import type { Document } from '../text/document.ts';
import { type LinearModel, linearMargins, texts } from './model.ts';
import { type LinearParameters, linearParameters } from './parameters.ts';
import { DualCoordinateDescent } from './svm.ts';

export interface LabelledDocument extends Document {
  readonly label: string;
  /** Labels that it also bears (a cross-listed paper): it is no example against those. */
  readonly otherLabels?: readonly string[];
}

export interface LinearDataset {
  readonly train: readonly LabelledDocument[];
  /** Decides when to stop and sets the temperature. Without it, neither happens. */
  readonly validation: readonly LabelledDocument[];
}

export interface EpochReport {
  readonly epoch: number;
  /** Squared hinge loss, summed over classes, mean over training samples. */
  readonly trainLoss: number;
  /** The largest projected gradient; 0 at the optimum. */
  readonly violation: number;
  readonly validation?: ValidationReport;
}

export interface ValidationReport {
  readonly accuracy: number;
  readonly macroF1: number;
  /** At `temperature`, the one that makes it smallest. */
  readonly logLoss: number;
  readonly temperature: number;
}

export interface TrainedLinear extends LinearModel {
  readonly parameters: LinearParameters;
  readonly epochs: readonly EpochReport[];
  /** The epoch whose weights these are. */
  readonly bestEpoch: number;
  readonly stopped: 'converged' | 'patience' | 'max-epochs';
}

/**
 * Trains a linear classifier: TF-IDF, one-vs-rest support vector machines, temperature scaling. Yields after
 * every epoch and returns the model of the epoch with the least validation log loss (the last epoch's when
 * there are no validation samples).
 *
 * @throws InvalidInput `parameter`, `unknown-label`, `too-few-labels`, `no-samples` or `empty-vocabulary`
 */
export function* trainLinear(
  dataset: LinearDataset,
  labels: readonly string[],
  given: Partial<LinearParameters> = {},
): Generator<EpochReport, TrainedLinear> {
  const parameters = linearParameters(given);
  if (labels.length < 2) throw new InvalidInput('too-few-labels', `${labels.length} labels; two are needed`);
  if (dataset.train.length === 0) throw new InvalidInput('no-samples', 'there are no samples to train on');
  const sides = classSides(dataset.train, labels);
  const target = labelColumns(dataset.validation, labels);

  const corpus = encodeCorpus(texts(dataset.train, parameters.titleWeight));
  const featuriser = new Featuriser(buildVocabulary(corpus, parameters), parameters.idfPower);
  const features = featuriser.transform(corpus);
  const validation = featuriser.featuriseAll(texts(dataset.validation, parameters.titleWeight));
  const solver = new DualCoordinateDescent(
    { features, classes: labels.length, sides, c: parameters.c },
    seededRandom(parameters.seed),
  );

  const epochs: EpochReport[] = [];
  let best = { epoch: 0, logLoss: Infinity, temperature: 1, weights: new Float32Array() };
  let stopped: TrainedLinear['stopped'] = 'max-epochs';
  for (let epoch = 1; epoch <= parameters.maxEpochs; epoch++) {
    const { loss: trainLoss, violation } = solver.pass();
    const report = { epoch, trainLoss, violation, ...validate(validation, target, solver.weights) };
    epochs.push(report);
    const { logLoss = best.logLoss, temperature = 1 } = report.validation ?? {};
    if (logLoss < best.logLoss || !report.validation) {
      best = { epoch, logLoss, temperature, weights: solver.weights.slice() };
    }
    yield report;
    if (violation <= parameters.tolerance) stopped = 'converged';
    else if (epoch - best.epoch >= parameters.patience) stopped = 'patience';
    else continue;
    break;
  }
  return {
    labels,
    featuriser,
    titleWeight: parameters.titleWeight,
    weights: best.weights,
    temperature: best.temperature,
    parameters,
    epochs,
    bestEpoch: best.epoch,
    stopped,
  };
}

function validate(
  features: SparseMatrix,
  target: Int32Array,
  weights: Float32Array,
): { validation?: ValidationReport } {
  if (features.rows === 0) return {};
  const margins = linearMargins(features, weights);
  const predicted = argmaxRows(margins);
  const temperature = fitTemperature(margins, target);
  return {
    validation: {
      accuracy: predicted.filter((label, row) => label === target[row]).length / features.rows,
      macroF1: macroF1(confusionMatrix(target, predicted, margins.columns)),
      logLoss: logLoss(softmaxRows(margins, temperature), target),
      temperature,
    },
  };
}

/** @throws InvalidInput `unknown-label` */
function labelColumns(samples: readonly LabelledDocument[], labels: readonly string[]): Int32Array {
  const columns = new Map(labels.map((label, column) => [label, column]));
  return Int32Array.from(samples, ({ label, title }) => {
    const column = columns.get(label);
    if (column === undefined) throw new InvalidInput('unknown-label', `"${label}", of "${title}"`);
    return column;
  });
}

/** Samples × labels: for its own label, not at all for the others it bears, against the rest. */
function classSides(samples: readonly LabelledDocument[], labels: readonly string[]): Int8Array {
  const own = labelColumns(samples, labels);
  const sides = new Int8Array(samples.length * labels.length).fill(-1);
  for (const [row, { otherLabels = [] }] of samples.entries()) {
    const start = row * labels.length;
    for (const other of otherLabels) {
      const column = labels.indexOf(other);
      if (column >= 0) sides[start + column] = 0;
    }
    sides[start + own[row]!] = 1;
  }
  return sides;
}
