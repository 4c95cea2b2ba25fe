import { argmaxRows, type DenseMatrix } from '../matrix.ts';
import { logLosses } from './losses.ts';

/** The mean of −ln p(right class), see `logLosses`. */
export function logLoss(probabilities: DenseMatrix, actual: Int32Array): number {
  return mean(logLosses(probabilities, actual), (loss) => loss);
}

/**
 * Expected calibration error: the gap between confidence and accuracy in equal-width bins (lower, upper] of
 * confidence, weighted by the share of samples in each (Guo et al. 2017, equation 3).
 */
export function expectedCalibrationError(probabilities: DenseMatrix, actual: Int32Array, bins = 15): number {
  const gaps = new Float64Array(bins);
  const predicted = argmaxRows(probabilities);
  for (const [row, confidence] of confidences(probabilities).entries()) {
    const bin = Math.min(Math.max(Math.ceil(confidence * bins) - 1, 0), bins - 1);
    gaps[bin]! += (predicted[row] === actual[row] ? 1 : 0) - confidence;
  }
  return actual.length === 0 ? 0 : gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / actual.length;
}

/** The share of samples whose right class is among the k most probable; a tie goes to the first class. */
export function topKAccuracy({ columns, values }: DenseMatrix, actual: Int32Array, k: number): number {
  return mean(actual, (label, row) => {
    const own = values[row * columns + label]!;
    let ahead = 0;
    for (let other = 0; other < columns; other++) {
      const value = values[row * columns + other]!;
      if (value > own || (value === own && other < label)) ahead++;
    }
    return ahead < k ? 1 : 0;
  });
}

/**
 * Accuracy on the share `coverage` of samples that the model is most confident of, abstaining on the rest
 * (El-Yaniv and Wiener 2010, the risk–coverage trade-off). Ties in confidence keep the order of the samples.
 */
export function accuracyAtCoverage(probabilities: DenseMatrix, actual: Int32Array, coverage: number): number {
  const confidence = confidences(probabilities);
  const predicted = argmaxRows(probabilities);
  const byConfidence = [...actual.keys()].sort((a, b) => confidence[b]! - confidence[a]! || a - b);
  const covered = byConfidence.slice(0, Math.round(coverage * actual.length));
  return mean(covered, (row) => (predicted[row] === actual[row] ? 1 : 0));
}

/** The probability of the predicted class, row by row. */
export function confidences(probabilities: DenseMatrix): Float64Array {
  const { columns, values } = probabilities;
  return Float64Array.from(argmaxRows(probabilities), (label, row) => values[row * columns + label]!);
}

function mean(samples: ArrayLike<number>, of: (value: number, at: number) => number): number {
  let sum = 0;
  for (let at = 0; at < samples.length; at++) sum += of(samples[at]!, at);
  return samples.length === 0 ? 0 : sum / samples.length;
}
