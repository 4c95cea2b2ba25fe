import { pairs, total } from '../statistics/counts.ts';
import type { Term } from './chance.ts';

/** What a bin adds to the square of the Hellinger distance. */
export const hellingerTerm: Term = (reference, actual, references, actuals) =>
  (Math.sqrt(reference / references) - Math.sqrt(actual / actuals)) ** 2 / 2;

/** What a bin adds to the Jensen–Shannon divergence, in bits. */
export const jensenShannonTerm: Term = (reference, actual, references, actuals) => {
  const [p, q] = [reference / references, actual / actuals];
  const middle = (p + q) / 2;
  return (relativeEntropy(p, middle) + relativeEntropy(q, middle)) / 2;
};

/** What a bin adds to Pearson's chi-square statistic of two samples. */
export const chiSquareTerm: Term = (reference, actual, references, actuals) =>
  reference + actual === 0
    ? 0
    : (actuals * reference - references * actual) ** 2 / (references * actuals * (reference + actual));

function relativeEntropy(p: number, q: number): number {
  return p === 0 ? 0 : p * Math.log2(p / q);
}

/**
 * The Hellinger distance √(½ Σᵢ (√pᵢ − √qᵢ)²) of the shares of two histograms: a metric between 0 (equal) and
 * 1 (nothing in common), defined for empty bins.
 */
export const hellingerDistance = (reference: readonly number[], actual: readonly number[]): number =>
  rootOf(sumOver(hellingerTerm, reference, actual));

/**
 * The Jensen–Shannon distance, the square root of the divergence in bits (Endres and Schindelin 2003): a metric
 * between 0 (equal) and 1 (nothing in common), defined for empty bins.
 */
export const jensenShannonDistance = (reference: readonly number[], actual: readonly number[]): number =>
  rootOf(sumOver(jensenShannonTerm, reference, actual));

/** A divergence of two histograms: the sum of what their bins add. */
export function sumOver(term: Term, reference: readonly number[], actual: readonly number[]): number {
  const [n, m] = [total(reference), total(actual)];
  return pairs(reference, actual).reduce((sum, [r, a]) => sum + term(r, a, n, m), 0);
}

/** Rounding leaves the range by 1e-17. */
const rootOf = (divergence: number): number => Math.sqrt(Math.min(Math.max(divergence, 0), 1));
