import { InvalidInput } from '../errors.ts';
import { occupiedBins, pairs, total } from '../statistics/counts.ts';
import { chiSquareTail } from '../statistics/distributions.ts';

/**
 * The population stability index, the symmetrised Kullback–Leibler divergence of two histograms:
 *
 *     Σᵢ (pᵢ − qᵢ) · (ln pᵢ − ln qᵢ)
 *
 * Its logarithm has no value for an empty bin. A bin that is empty in both histograms adds nothing; one that is
 * empty in one of them is taken to hold half an observation there (Haldane 1956), so that what a single stray
 * observation adds shrinks as samples grow, which a fixed floor such as 0.0001 does not grant.
 *
 * @param reference counts; shares serve as well as long as no bin needs that correction
 * @param actual counts of the same bins
 * @returns 0 for equal shares, else positive and unbounded; the same when the two change places
 * @throws InvalidInput `shape`, `empty`, `count`; `shares` when half an observation is asked of shares
 */
export function psi(reference: readonly number[], actual: readonly number[]): number {
  const [n, m] = [total(reference), total(actual)];
  const hasShares = ![...reference, ...actual].every(Number.isInteger);
  let sum = 0;
  for (const [r, a] of pairs(reference, actual)) {
    if (r === 0 && a === 0) continue;
    const p = occupied(r, n, hasShares) / n;
    const q = occupied(a, m, hasShares) / m;
    sum += (p - q) * (Math.log(p) - Math.log(q));
  }
  return sum;
}

/** A single observation also sums to 1: whole numbers in both histograms are counts. */
function occupied(count: number, sum: number, hasShares: boolean): number {
  if (count > 0) return count;
  if (hasShares && sum <= 1)
    throw new InvalidInput('shares', 'an empty bin needs counts of observations, not shares');
  return 0.5;
}

export interface PsiTest {
  readonly psi: number;
  /** The mean of the index when nothing drifts: sampling alone makes it this large. */
  readonly expected: number;
  /** The probability of an index at least this large when nothing drifts. */
  readonly pValue: number;
}

/**
 * Whether the index is larger than chance makes it. When both histograms are samples of one distribution, of
 * sizes N and M over B bins, PSI / (1/N + 1/M) follows a chi-square distribution with B − 1 degrees of freedom
 * for large samples (Yurdakul 2018, "Statistical properties of population stability index"). The customary
 * limits 0.1 and 0.25 know nothing of N, M and B. Bins that are empty in both do not count.
 *
 * @param reference counts, not shares: the size of the sample matters
 */
export function psiTest(reference: readonly number[], actual: readonly number[]): PsiTest {
  const value = psi(reference, actual);
  const scale = 1 / total(reference) + 1 / total(actual);
  const freedom = occupiedBins(reference, actual) - 1;
  return { psi: value, expected: scale * freedom, pValue: chiSquareTail(value / scale, freedom) };
}
