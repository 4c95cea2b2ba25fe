import { InvalidInput } from '../errors.ts';
import { normalQuantile } from './distributions.ts';
import type { Estimate, Interval } from './estimate.ts';
import { type LatencySketch, sizeOf, valueOfRank } from './latency-sketch.ts';

/** Values in ascending order, of which only some are kept. */
export interface Ranked {
  readonly count: number;
  /** the value of a rank from 1, kept to the ranks there are */
  valueOf(rank: number): number;
}

/** @throws InvalidInput `value` when one is NaN */
export function rankedSamples(values: ArrayLike<number>): Ranked {
  const sorted = Float64Array.from(values).sort(); // NaN comes last
  if (Number.isNaN(sorted.at(-1))) throw new InvalidInput('value', 'NaN has no rank');
  const count = sorted.length;
  return { count, valueOf: (rank) => sorted[Math.min(Math.max(rank, 1), count) - 1]! };
}

export const rankedSketch = (sketch: LatencySketch): Ranked => ({
  count: sizeOf(sketch),
  valueOf: (rank) => valueOfRank(sketch, rank),
});

/**
 * A quantile, its interval by ranks and its standard error (Woodruff 1952): the ranks between which the quantile lies
 * with this confidence are those of q ± z √(q (1 − q) / n), whatever the distribution, and the error is the width of that
 * interval by 2 z. Trust it where at least five values lie on both sides.
 *
 * @param q such as 0.95
 * @throws InvalidInput `empty`; `too-few` when the interval would reach beyond the values there are
 */
export function quantileEstimate(
  ranked: Ranked,
  q: number,
  confidence = 0.95,
): Estimate & { interval: Interval } {
  const { count } = ranked;
  if (count === 0) throw new InvalidInput('empty', 'no values have no quantiles');
  const z = normalQuantile((1 - confidence) / 2);
  const width = z * Math.sqrt((q * (1 - q)) / count);
  if (q - width <= 0 || q + width >= 1) {
    const needed = Math.floor(z * z * Math.max(q / (1 - q), (1 - q) / q)) + 1;
    throw new InvalidInput(
      'too-few',
      `the quantile ${q} of ${count} values has no interval: ${needed} are needed`,
    );
  }
  const interval = [
    ranked.valueOf(Math.floor(count * (q - width))),
    ranked.valueOf(Math.ceil(count * (q + width))),
  ] as const;
  return {
    value: ranked.valueOf(Math.ceil(q * count)),
    standardError: errorOfQuantile(interval, confidence),
    count,
    interval,
  };
}

/** The standard error that an interval of this confidence amounts to. */
export const errorOfQuantile = ([low, high]: Interval, confidence = 0.95): number =>
  (high - low) / (2 * normalQuantile((1 - confidence) / 2));
