import { pairs, total } from '../statistics/counts.ts';
import { lnGamma, upperGamma } from '../statistics/special-functions.ts';

/** What a bin adds to a divergence that is a sum over bins. */
export type Term = (reference: number, actual: number, references: number, actuals: number) => number;

/** Mean and variance of a divergence when nothing drifts. */
export interface Moments {
  readonly mean: number;
  readonly variance: number;
}

/**
 * Mean and variance of divergences Σᵢ term(rᵢ, aᵢ) when reference and window are samples of one distribution: over all ways to
 * deal the pooled observations of each bin to the two. Given the pool, the counts of a bin are hypergeometric, those of two
 * bins bivariate hypergeometric, so both moments are sums over them: no simulation, no large-sample approximation. Where a count
 * has a standard deviation of 4 or more, not every value of it is summed, which changes no digit that matters.
 *
 * @param reference counts
 * @param actual counts of the same bins
 * @returns in the order of `terms`
 * @throws InvalidInput `shape`, `empty`, `count`
 */
export function momentsUnderNoDrift(
  reference: readonly number[],
  actual: readonly number[],
  terms: readonly Term[],
): Moments[] {
  const [n, m] = [total(reference), total(actual)];
  const lnFactorial = lnFactorials(n + m);
  const ways = (of: number, chosen: number) =>
    lnFactorial[of]! - lnFactorial[chosen]! - lnFactorial[of - chosen]!;
  const pools = Map.groupBy(
    pairs(reference, actual).map(([r, a]) => r + a),
    (pool) => pool,
  );
  pools.delete(0);
  const bins = [...pools].map(([pool, { length }]) => ({
    ...dealt(pool, n, m, ways, terms),
    times: length, // bins of one size are alike
  }));
  const means = bins.map(({ weights, values }) => values.map((of) => average(weights, of)));

  const sums = terms.map(() => ({ mean: 0, variance: 0 }));
  for (const [i, bin] of bins.entries()) {
    for (const [k, sum] of sums.entries()) {
      const mean = means[i]![k]!;
      const squares = bin.values[k]!.map((value) => (value - mean) ** 2);
      sum.mean += bin.times * mean;
      sum.variance += bin.times * average(bin.weights, squares);
    }
    for (const [j, other] of bins.slice(0, i + 1).entries()) {
      const ordered = i === j ? bin.times * (bin.times - 1) : 2 * bin.times * other.times;
      if (ordered === 0) continue;
      const products = productMeans(bin, other, [n, m], lnFactorial);
      for (const [k, sum] of sums.entries()) {
        sum.variance += ordered * (products[k]! - means[i]![k]! * means[j]![k]!);
      }
    }
  }
  return sums;
}

/**
 * The probability of a divergence at least this large when nothing drifts, of the gamma distribution with its mean and variance
 * (as Satterthwaite 1946 did for sums of squares).
 */
export function tailUnderNoDrift(value: number, { mean, variance }: Moments): number {
  if (!(variance > 0)) return value > mean * (1 + 1e-9) ? 0 : 1;
  return upperGamma((mean * mean) / variance, (value * mean) / variance);
}

/** The counts of a bin in the window that have a probability, and what each adds to each divergence. */
interface Bin {
  readonly pool: number;
  readonly counts: readonly number[];
  /** ln of the ways to choose so many of the pool */
  readonly lnWays: readonly number[];
  readonly weights: readonly number[];
  /** by term, then by count */
  readonly values: readonly (readonly number[])[];
}

const REACH = 7; // standard deviations: what is left out has a probability of 1e-12
const STEPS = 2; // in a standard deviation: sums of a bell curve need no more

function dealt(
  pool: number,
  n: number,
  m: number,
  ways: (of: number, chosen: number) => number,
  terms: readonly Term[],
): Bin {
  const all = n + m;
  const mean = (pool * m) / all;
  const deviation = Math.sqrt((mean * (n / all) * (all - pool)) / Math.max(all - 1, 1));
  const stride = Math.max(1, Math.floor(deviation / STEPS));
  const least = Math.max(0, m - (all - pool), Math.floor(mean - REACH * deviation - REACH));
  const most = Math.min(pool, m, Math.ceil(mean + REACH * deviation + REACH));
  const counts = Array.from(
    { length: Math.floor((most - least) / stride) + 1 },
    (_, i) => least + i * stride,
  );
  const lnWays = counts.map((count) => ways(pool, count));
  const base = ways(all, m);
  const weights = counts.map((count, i) => Math.exp(lnWays[i]! + ways(all - pool, m - count) - base));
  const values = terms.map((term) => counts.map((count) => term(pool - count, count, n, m)));
  return { pool, counts, lnWays, weights, values };
}

/** The mean of the product of what two bins add, by term. */
function productMeans(
  a: Bin,
  b: Bin,
  [n, m]: readonly [number, number],
  lnFactorial: Float64Array,
): number[] {
  const rest = n + m - a.pool - b.pool;
  const base = lnFactorial[n + m]! - lnFactorial[m]! - lnFactorial[n]! - lnFactorial[rest]!;
  const sums = a.values.map(() => 0);
  let weights = 0;
  for (let x = 0; x < a.counts.length; x++) {
    for (let y = 0; y < b.counts.length; y++) {
      const others = m - a.counts[x]! - b.counts[y]!;
      if (others < 0 || others > rest) continue;
      const lnOthers = lnFactorial[others]! + lnFactorial[rest - others]!;
      const weight = Math.exp(a.lnWays[x]! + b.lnWays[y]! - lnOthers - base);
      weights += weight;
      for (let k = 0; k < sums.length; k++) sums[k]! += weight * a.values[k]![x]! * b.values[k]![y]!;
    }
  }
  return sums.map((sum) => sum / weights);
}

function average(weights: readonly number[], values: readonly number[]): number {
  let [sum, of] = [0, 0];
  for (const [i, weight] of weights.entries()) {
    sum += weight * values[i]!;
    of += weight;
  }
  return sum / of;
}

let table = new Float64Array(0);

/** ln k! for each k up to the largest. */
function lnFactorials(largest: number): Float64Array {
  if (table.length <= largest) {
    table = Float64Array.from({ length: 2 * largest + 1 }, (_, k) => (k < 2 ? 0 : lnGamma(k + 1)));
  }
  return table;
}
