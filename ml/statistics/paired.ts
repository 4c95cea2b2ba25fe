import { InvalidInput } from '../errors.ts';
import { normalTail } from './distributions.ts';

/** The losses of a model beside those of another on the same samples. */
export interface PairedDifference {
  /** mean of (loss of the model − loss of the other): below 0 when the model is better */
  readonly mean: number;
  readonly standardError: number;
  /** of the one-sided test: the probability of so low a mean if the model were no better */
  readonly pValue: number;
}

/**
 * The paired z test of two models: of the differences d of their losses on each sample, z = mean(d) / (s(d) / √n). With
 * 0/1 losses it is McNemar's test but for the variance, which is that of the sample. Where all differences are equal,
 * nothing is left to chance: p is 0 below 0, else 1.
 *
 * @param losses of the model, one per sample: lower is better
 * @throws InvalidInput `shape` unless both have the same number of samples, at least one
 */
export function pairedDifference(losses: ArrayLike<number>, others: ArrayLike<number>): PairedDifference {
  const samples = losses.length;
  if (samples === 0 || others.length !== samples) {
    throw new InvalidInput('shape', `losses of ${samples} samples cannot be paired with ${others.length}`);
  }
  const { mean, standardError } = meanOf(
    Float64Array.from({ length: samples }, (_, at) => losses[at]! - others[at]!),
  );
  const pValue = standardError === 0 ? (mean < 0 ? 0 : 1) : normalTail(-mean / standardError);
  return { mean, standardError, pValue };
}

/** The mean of a sample, and the standard error of it (s / √n); 0 of fewer than two values. */
export function meanOf(values: Float64Array): { mean: number; standardError: number } {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(count, 1);
  if (count < 2) return { mean, standardError: 0 };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (count - 1) / count) };
}
