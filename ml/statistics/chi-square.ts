import { InvalidInput } from '../errors.ts';
import { occupiedBins, pairs, shares, total } from './counts.ts';
import { chiSquareTail } from './distributions.ts';

export interface ChiSquareTest {
  readonly statistic: number;
  readonly freedom: number;
  readonly pValue: number;
}

/**
 * Pearson's chi-square test of observations against shares that are known: those a traffic split was meant to
 * have, or a reference so large that its own sampling error does not matter.
 *
 * @param expected weights of the bins, scaled to the observed total
 * @param observed counts
 * @throws InvalidInput `impossible` when something was observed where nothing was expected
 */
export function chiSquareGoodnessOfFit(
  expected: readonly number[],
  observed: readonly number[],
): ChiSquareTest {
  const sum = total(observed);
  let statistic = 0;
  for (const [share, count] of pairs(shares(expected), observed)) {
    if (share === 0 && count > 0) throw new InvalidInput('impossible', 'observations in a bin of weight 0');
    if (share > 0) statistic += (count - share * sum) ** 2 / (share * sum);
  }
  return judged(statistic, expected.filter((weight) => weight > 0).length - 1);
}

/**
 * Pearson's chi-square test that two samples are of one distribution (homogeneity of a 2 × B table, without
 * continuity correction). Bins that are empty in both do not count. Trust it where the expected counts are
 * about five or more.
 *
 * @param reference counts
 * @param actual counts of the same bins
 */
export function chiSquareTwoSample(reference: readonly number[], actual: readonly number[]): ChiSquareTest {
  const [n, m] = [total(reference), total(actual)];
  let statistic = 0;
  for (const [r, a] of pairs(reference, actual)) {
    if (r + a > 0) statistic += (m * r - n * a) ** 2 / (n * m * (r + a));
  }
  return judged(statistic, occupiedBins(reference, actual) - 1);
}

function judged(statistic: number, freedom: number): ChiSquareTest {
  return { statistic, freedom, pValue: chiSquareTail(statistic, freedom) };
}
