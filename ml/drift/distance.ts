import { pairs, shares } from '../statistics/counts.ts';

/**
 * The Hellinger distance √(½ Σᵢ (√pᵢ − √qᵢ)²) of the shares of two histograms: a metric between 0 (equal) and
 * 1 (nothing in common), defined for empty bins.
 */
export function hellingerDistance(reference: readonly number[], actual: readonly number[]): number {
  let sum = 0;
  for (const [p, q] of pairs(shares(reference), shares(actual))) sum += (Math.sqrt(p) - Math.sqrt(q)) ** 2;
  return Math.min(Math.sqrt(sum / 2), 1);
}

/**
 * The Jensen–Shannon distance, the square root of the divergence in bits (Endres and Schindelin 2003): a metric
 * between 0 (equal) and 1 (nothing in common), defined for empty bins.
 */
export function jensenShannonDistance(reference: readonly number[], actual: readonly number[]): number {
  let divergence = 0;
  for (const [p, q] of pairs(shares(reference), shares(actual))) {
    const middle = (p + q) / 2;
    divergence += (relativeEntropy(p, middle) + relativeEntropy(q, middle)) / 2;
  }
  return Math.sqrt(Math.min(Math.max(divergence, 0), 1)); // rounding leaves the range by 1e-17
}

function relativeEntropy(p: number, q: number): number {
  return p === 0 ? 0 : p * Math.log2(p / q);
}
