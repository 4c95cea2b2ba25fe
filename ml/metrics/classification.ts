import { InvalidInput } from '../errors.ts';
import { argmaxRows, type DenseMatrix } from '../matrix.ts';
import { type ClassMetrics, classMetrics, confusionMatrix, macroF1 } from './confusion.ts';
import { accuracyAtCoverage, expectedCalibrationError, logLoss, topKAccuracy } from './probabilistic.ts';

/** How well a classifier did on labelled samples. All shares and means over no samples are 0. */
export interface ClassificationMetrics {
  readonly samples: number;
  readonly accuracy: number;
  readonly macroF1: number;
  readonly logLoss: number;
  /** Expected calibration error, 15 bins. */
  readonly calibrationError: number;
  /** The prediction is any label that the sample itself bears. */
  readonly anyLabelAccuracy: number;
  readonly top2Accuracy: number;
  readonly top3Accuracy: number;
  /** Accuracy on the most confident half, 80 % and 90 % of samples. */
  readonly accuracyAtCoverage: { readonly '0.5': number; readonly '0.8': number; readonly '0.9': number };
  readonly perClass: readonly ({ readonly label: string } & ClassMetrics)[];
  /** `confusion[actual][predicted]`, both in the order of `perClass`. */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * @param probabilities one row per sample, one column per label
 * @param actual the right column of each row
 * @param acceptable for each sample, every column that counts as right in `anyLabelAccuracy`
 * @throws InvalidInput `shape` when these do not fit together
 */
export function classificationMetrics(
  probabilities: DenseMatrix,
  actual: Int32Array,
  labels: readonly string[],
  acceptable: readonly (readonly number[])[] = Array.from(actual, (label) => [label]),
): ClassificationMetrics {
  const { rows, columns } = probabilities;
  if (columns !== labels.length) {
    throw new InvalidInput('shape', `${columns} columns of probabilities, but ${labels.length} labels`);
  }
  if (actual.length !== rows || acceptable.length !== rows) {
    throw new InvalidInput('shape', `${rows} rows of probabilities, but labels for ${actual.length}`);
  }
  const predicted = argmaxRows(probabilities);
  const confusion = confusionMatrix(actual, predicted, columns);
  return {
    samples: rows,
    accuracy: share(actual, (label, row) => predicted[row] === label),
    macroF1: macroF1(confusion),
    logLoss: logLoss(probabilities, actual),
    calibrationError: expectedCalibrationError(probabilities, actual),
    anyLabelAccuracy: share(predicted, (label, row) => acceptable[row]!.includes(label)),
    top2Accuracy: topKAccuracy(probabilities, actual, 2),
    top3Accuracy: topKAccuracy(probabilities, actual, 3),
    accuracyAtCoverage: {
      '0.5': accuracyAtCoverage(probabilities, actual, 0.5),
      '0.8': accuracyAtCoverage(probabilities, actual, 0.8),
      '0.9': accuracyAtCoverage(probabilities, actual, 0.9),
    },
    perClass: classMetrics(confusion).map((metrics, label) => ({ label: labels[label]!, ...metrics })),
    confusion: labels.map((_, label) => [
      ...confusion.counts.subarray(label * columns, (label + 1) * columns),
    ]),
  };
}

function share(samples: Int32Array, isRight: (value: number, row: number) => boolean): number {
  return samples.length === 0 ? 0 : samples.filter(isRight).length / samples.length;
}
