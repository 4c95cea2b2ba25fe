import { normalTail } from './distributions.ts';
import { meanOf } from './paired.ts';

/**
 * The one-sided z test of whether the mean of a sample is above that of an earlier one, whose standard error is known:
 *
 *     z = (mean − m) / √(s²/n + e²)
 *
 * Where neither varies, nothing is left to chance: p is 0 above the earlier mean, else 1.
 */
export function meanIncreaseTest(
  values: Float64Array,
  earlier: { readonly mean: number; readonly standardError: number },
): { mean: number; pValue: number } {
  const { mean, standardError } = meanOf(values);
  const error = Math.hypot(standardError, earlier.standardError);
  const difference = mean - earlier.mean;
  if (error === 0) return { mean, pValue: difference > 0 ? 0 : 1 };
  return { mean, pValue: normalTail(difference / error) };
}
