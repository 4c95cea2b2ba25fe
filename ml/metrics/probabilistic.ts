import { argmaxRows, type DenseMatrix } from '../matrix.ts';
import { logLosses } from './losses.ts';

/** Bins of the expected calibration error. */
export const CALIBRATION_BINS = 15;

/** The mean of −ln p(right class), see `logLosses`. */
export function logLoss(probabilities: DenseMatrix, actual: Int32Array): number {
  const losses = logLosses(probabilities, actual);
  return losses.length === 0 ? 0 : losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/**
 * The Brier score of each sample: the squares of (probability − 1 for the right class, 0 for others), summed over the
 * classes; of two classes half of it, the square of the second one's error, as scikit-learn's `scale_by_half="auto"`.
 */
export function brierLosses({ columns, values }: DenseMatrix, actual: Int32Array): Float64Array {
  return Float64Array.from(actual, (label, row) => {
    let sum = 0;
    for (let column = 0; column < columns; column++)
      sum += (values[row * columns + column]! - (column === label ? 1 : 0)) ** 2;
    return columns === 2 ? sum / 2 : sum;
  });
}

/** Of each confidence its bin: of equal width, (lower, upper]. */
export const calibrationBin = (confidence: number, bins = CALIBRATION_BINS): number =>
  Math.min(Math.max(Math.ceil(confidence * bins) - 1, 0), bins - 1);

/**
 * Expected calibration error: the gap between confidence and accuracy in equal-width bins (lower, upper] of
 * confidence, weighted by the share of samples in each (Guo et al. 2017, equation 3).
 */
export function calibrationError(
  confidence: Float64Array,
  hits: ArrayLike<number>,
  weights: Float64Array,
): number {
  const gaps = new Float64Array(CALIBRATION_BINS);
  let total = 0;
  for (let row = 0; row < confidence.length; row++) {
    const own = confidence[row]!;
    gaps[calibrationBin(own)]! += weights[row]! * (hits[row]! - own);
    total += weights[row]!;
  }
  return total === 0 ? 0 : gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / total;
}

/** How many other classes are before the right one by probability; a tie goes to the first class. */
export function ranksOfRight({ columns, values }: DenseMatrix, actual: Int32Array): Int32Array {
  return actual.map((label, row) => {
    const own = values[row * columns + label]!;
    let ahead = 0;
    for (let other = 0; other < columns; other++) {
      const value = values[row * columns + other]!;
      if (value > own || (value === own && other < label)) ahead++;
    }
    return ahead;
  });
}

/**
 * Accuracy on the share `coverage` of samples that the model is most confident of, abstaining on the rest
 * (El-Yaniv and Wiener 2010, the risk–coverage trade-off). Ties in confidence keep the order of the samples.
 */
export function accuracyAtCoverage(
  confidence: Float64Array,
  hits: ArrayLike<number>,
  coverage: number,
): number {
  const byConfidence = [...confidence.keys()].sort((a, b) => confidence[b]! - confidence[a]! || a - b);
  const covered = byConfidence.slice(0, Math.round(coverage * confidence.length));
  return covered.length === 0 ? 0 : covered.reduce((sum, row) => sum + hits[row]!, 0) / covered.length;
}

/** The probability of the predicted class, row by row. */
export function confidences(probabilities: DenseMatrix): Float64Array {
  const { columns, values } = probabilities;
  return Float64Array.from(argmaxRows(probabilities), (label, row) => values[row * columns + label]!);
}
