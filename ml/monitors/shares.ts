import { percent, probability } from '../metrics/format.ts';
import { incompleteBeta } from '../statistics/special-functions.ts';
import type { Bounds, Verdict } from './monitor.ts';

/** The probability of `successes` or more in `trials` when each succeeds with probability `share` (binomial, exact). */
export const binomialTail = (successes: number, trials: number, share: number): number =>
  successes === 0 ? 1 : incompleteBeta(successes, trials - successes + 1, share);

/**
 * Judges a share of bad observations: beyond the limit when it is larger, and by more than chance where a significance is given.
 *
 * @param what is said of the numbers, such as "of 200 predictions failed"
 */
export function judgeShare(bad: number, samples: number, bounds: Bounds, what: string): Verdict | undefined {
  const { limit, clear, significance, minimumSamples } = bounds;
  if (samples < minimumSamples) return undefined;
  const value = bad / samples;
  const pValue = binomialTail(bad, samples, limit);
  const isBad = value > limit && (significance === null || pValue < significance);
  const chance = isBad && significance !== null ? `, p ${probability(pValue)}` : '';
  const reason = `${bad} of ${samples} ${what}, ${percent(value)} (limit ${percent(limit)}${chance})`;
  return { value, samples, state: isBad ? 'bad' : value <= clear ? 'good' : 'between', reason };
}
