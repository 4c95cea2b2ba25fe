import { InvalidInput } from '../errors.ts';
import type { DenseMatrix } from '../matrix.ts';
import { type ClassMetrics, classMetrics, confusionMatrix } from './confusion.ts';
import { type ClassificationNumbers, classificationNumbers, type Outcomes, outcomesOf } from './outcomes.ts';
import { accuracyAtCoverage } from './probabilistic.ts';

/** How well a classifier did on labelled samples. All shares and means over no samples are 0. */
export interface ClassificationMetrics extends ClassificationNumbers {
  readonly samples: number;
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
 * @param predicted the column answered for each, where that is not the most probable one
 * @throws InvalidInput `shape` when these do not fit together
 */
export function classificationMetrics(
  probabilities: DenseMatrix,
  actual: Int32Array,
  labels: readonly string[],
  acceptable: readonly (readonly number[])[] = Array.from(actual, (label) => [label]),
  predicted?: Int32Array,
): ClassificationMetrics {
  const { rows, columns } = probabilities;
  if (columns !== labels.length) {
    throw new InvalidInput('shape', `${columns} columns of probabilities, but ${labels.length} labels`);
  }
  if (actual.length !== rows || acceptable.length !== rows) {
    throw new InvalidInput('shape', `${rows} rows of probabilities, but labels for ${actual.length}`);
  }
  return metricsOfOutcomes(outcomesOf(probabilities, actual, acceptable, predicted), labels);
}

/** The metrics of outcomes that count once each. */
export function metricsOfOutcomes(outcomes: Outcomes, labels: readonly string[]): ClassificationMetrics {
  const { actual, predicted, confidence, hits, classes } = outcomes;
  const confusion = confusionMatrix(actual, predicted, classes);
  return {
    samples: actual.length,
    ...classificationNumbers(outcomes, new Float64Array(actual.length).fill(1)),
    accuracyAtCoverage: {
      '0.5': accuracyAtCoverage(confidence, hits, 0.5),
      '0.8': accuracyAtCoverage(confidence, hits, 0.8),
      '0.9': accuracyAtCoverage(confidence, hits, 0.9),
    },
    perClass: classMetrics(confusion).map((metrics, label) => ({ label: labels[label]!, ...metrics })),
    confusion: labels.map((_, label) => [
      ...confusion.counts.subarray(label * classes, (label + 1) * classes),
    ]),
  };
}
