import { InvalidInput } from '../errors.ts';

/**
 * The sum of the counts of a histogram.
 *
 * @throws InvalidInput `empty` when nothing was counted, `count` when a count is negative or not a number
 */
export function total(counts: readonly number[]): number {
  let sum = 0;
  for (const count of counts) {
    if (!(count >= 0)) throw new InvalidInput('count', `a count cannot be ${count}`);
    sum += count;
  }
  if (sum === 0) throw new InvalidInput('empty', 'a histogram without observations has no distribution');
  return sum;
}

/** The share of each bin: `counts` scaled to sum to 1. */
export function shares(counts: readonly number[]): number[] {
  const sum = total(counts);
  return counts.map((count) => count / sum);
}

/**
 * Two histograms bin by bin.
 *
 * @throws InvalidInput `shape` when they are not of the same bins
 */
export function pairs(
  reference: readonly number[],
  actual: readonly number[],
): (readonly [number, number])[] {
  if (reference.length !== actual.length) {
    throw new InvalidInput('shape', `cannot compare ${reference.length} bins with ${actual.length}`);
  }
  return reference.map((count, bin) => [count, actual[bin]!]);
}

/** How many bins hold anything in either histogram: the others say nothing about drift. */
export function occupiedBins(reference: readonly number[], actual: readonly number[]): number {
  return pairs(reference, actual).filter(([r, a]) => r + a > 0).length;
}
