import { InvalidInput } from '../errors.ts';
import { pairs, total } from '../statistics/counts.ts';
import { momentsUnderNoDrift, type Term, tailUnderNoDrift } from './chance.ts';

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

/** What a bin of counts adds to the index. */
export const psiTerm: Term = (reference, actual, references, actuals) => {
  if (reference === 0 && actual === 0) return 0;
  const p = (reference || 0.5) / references;
  const q = (actual || 0.5) / actuals;
  return (p - q) * (Math.log(p) - Math.log(q));
};

export interface PsiTest {
  readonly psi: number;
  /** The mean of the index when nothing drifts: sampling alone makes it this large. */
  readonly expected: number;
  /** The probability of an index at least this large when nothing drifts. */
  readonly pValue: number;
}

/**
 * Whether the index is larger than chance makes it, given what both histograms hold together: mean and variance under no drift
 * are exact, and the tail is that of a gamma distribution with both. For large samples this is the scaled chi-square
 * distribution of Yurdakul (2018, "Statistical properties of population stability index"), which for windows of a hundred or less
 * makes p-values up to five times too small, and with rare bins ten times too large.
 *
 * @param reference counts, not shares: the size of the sample matters
 */
export function psiTest(reference: readonly number[], actual: readonly number[]): PsiTest {
  const value = psi(reference, actual);
  const [moments] = momentsUnderNoDrift(reference, actual, [psiTerm]);
  return { psi: value, expected: moments!.mean, pValue: tailUnderNoDrift(value, moments!) };
}
