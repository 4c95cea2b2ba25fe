import { pairs, total } from '../statistics/counts.ts';

/**
 * The Kullback–Leibler divergence of two histograms, in nats: Σᵢ pᵢ ln(pᵢ / qᵢ), p of the actual counts, q of the reference.
 * Each bin is given half an observation more (Jeffreys), so that one that is empty in the reference does not make it infinite.
 *
 * @returns 0 for equal shares, else positive
 * @throws InvalidInput `shape`, `empty`, `count`
 */
export function klDivergence(reference: readonly number[], actual: readonly number[]): number {
  const [n, m] = [total(reference), total(actual)];
  const bins = reference.length / 2;
  let sum = 0;
  for (const [r, a] of pairs(reference, actual)) {
    const p = (a + 0.5) / (m + bins);
    sum += p * Math.log((p * (n + bins)) / (r + 0.5));
  }
  return sum;
}
