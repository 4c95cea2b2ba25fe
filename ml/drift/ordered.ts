import { InvalidInput } from '../errors.ts';
import { total } from '../statistics/counts.ts';
import { tailUnderNoDrift } from './chance.ts';

/** Two samples of ordered values: how often each value is in the one and in the other. */
export interface Ordered {
  /** strictly ascending */
  readonly values: readonly number[];
  readonly reference: readonly number[];
  readonly actual: readonly number[];
}

/** A distance, what chance makes of it, and how probable it is by chance. */
export interface OrderedTest {
  readonly value: number;
  /** its mean when nothing drifts */
  readonly expected: number;
  readonly pValue: number;
}

/** @throws InvalidInput `empty` without values, `value` when one is not finite */
export function orderedSamples(reference: readonly number[], actual: readonly number[]): Ordered {
  if (![...reference, ...actual].every(Number.isFinite))
    throw new InvalidInput('value', 'samples need finite values');
  const counts = [reference, actual].map((sample) => {
    const counted = new Map<number, number>();
    for (const value of sample) counted.set(value, (counted.get(value) ?? 0) + 1);
    return counted;
  });
  const values = [...new Set([...reference, ...actual])].sort((a, b) => a - b);
  const [inReference, inActual] = counts.map((counted) => values.map((value) => counted.get(value) ?? 0));
  return { values, reference: inReference!, actual: inActual! };
}

/** Histograms of numbers, each bin taken at its middle. The outer bins are as wide as the reference was. */
export const orderedBins = (
  edges: readonly number[],
  reference: readonly number[],
  actual: readonly number[],
): Ordered => ({
  values: reference.map((_, bin) => (edges[bin]! + edges[bin + 1]!) / 2),
  reference,
  actual,
});

/** The largest difference of the two distribution functions (Kolmogorov and Smirnov), 0 to 1. */
export function kolmogorovSmirnov(ordered: Ordered): number {
  return Math.max(...differences(ordered).map(Math.abs));
}

/** The area between the two distribution functions (Wasserstein's distance of order 1), in the unit of the values. */
export function wassersteinDistance(ordered: Ordered): number {
  const { values } = ordered;
  return differences(ordered)
    .slice(0, -1)
    .reduce((sum, difference, i) => sum + Math.abs(difference) * (values[i + 1]! - values[i]!), 0);
}

/** The difference of the distribution functions at each value. */
function differences({ reference, actual }: Ordered): number[] {
  const [n, m] = [total(reference), total(actual)];
  let [below, belowActual] = [0, 0];
  return reference.map((count, i) => {
    below += count;
    belowActual += actual[i]!;
    return below / n - belowActual / m;
  });
}

const MAX_EXACT_STEPS = 20_000_000;
const MEAN_KOLMOGOROV = Math.sqrt(Math.PI / 2) * Math.LN2;

/**
 * Kolmogorov and Smirnov's test of two samples. The p-value is exact, ties included (Schröer and Trenkler 1995), up to some
 * thousands of observations, above that Kolmogorov's limit. The expected value is that of a continuous distribution: with ties
 * it is less.
 */
export function kolmogorovSmirnovTest(ordered: Ordered): OrderedTest {
  const value = kolmogorovSmirnov(ordered);
  const [n, m] = [total(ordered.reference), total(ordered.actual)];
  const root = Math.sqrt(1 / n + 1 / m);
  const isSmall = (n + m) * Math.min(n, m) <= MAX_EXACT_STEPS;
  const pValue = isSmall ? exactTail(ordered, value) : kolmogorovTail(value / root);
  return { value, expected: Math.min(MEAN_KOLMOGOROV * root, 1), pValue };
}

/**
 * Draws the pooled observations in ascending order: the probability that after some group of equal values the distribution
 * functions are as far apart as that.
 */
function exactTail({ reference, actual }: Ordered, distance: number): number {
  const n = Math.max(total(reference), total(actual));
  const m = Math.min(total(reference), total(actual));
  const drawn = new Float64Array(m + 1); // by the number of observations of the smaller sample
  drawn[0] = 1;
  let [steps, reached] = [0, 0];
  for (const [i, count] of reference.entries()) {
    for (const end = steps + count + actual[i]!; steps < end; steps++) {
      const left = n + m - steps;
      for (let j = Math.min(m, steps + 1); j >= 0; j--) {
        const fromLarger = drawn[j]! * Math.max((left - m + j) / left, 0);
        drawn[j] = fromLarger + (j > 0 ? (drawn[j - 1]! * (m - j + 1)) / left : 0);
      }
    }
    for (let j = 0; j <= Math.min(m, steps); j++) {
      if (Math.abs((steps - j) / n - j / m) < distance - 1e-12) continue;
      reached += drawn[j]!;
      drawn[j] = 0;
    }
  }
  return Math.min(reached, 1);
}

/** P(K ≥ x) of Kolmogorov's distribution, the limit of √(nm / (n + m)) · D. */
export function kolmogorovTail(x: number): number {
  if (x < 0.2) return 1; // to 1e-12
  let sum = 0;
  for (let k = 1; k < 100; k++) sum += (k % 2 ? 2 : -2) * Math.exp(-2 * (k * x) ** 2);
  return Math.min(Math.max(sum, 0), 1);
}

/**
 * Whether Wasserstein's distance is larger than chance makes it. Under no drift the difference of the distribution functions is
 * a Brownian bridge for large samples; mean and variance of the area under it follow from those of |X| and |Y| of two normal
 * variables (Nabeya 1951), and the tail is that of a gamma distribution with both. Time grows with the square of the values.
 */
export function wassersteinTest(ordered: Ordered): OrderedTest {
  const value = wassersteinDistance(ordered);
  const [n, m] = [total(ordered.reference), total(ordered.actual)];
  const scale = (1 / n + 1 / m) * ((n + m) / (n + m - 1 || 1));
  let below = 0;
  const cuts = ordered.values.slice(0, -1).map((at, i) => {
    below += ordered.reference[i]! + ordered.actual[i]!;
    return { width: ordered.values[i + 1]! - at, share: below / (n + m) };
  });
  const areas = cuts
    .filter(({ share }) => share > 0 && share < 1)
    .map(({ width, share }) => ({ share, area: width * Math.sqrt(share * (1 - share) * scale) }));

  const mean = areas.reduce((sum, { area }) => sum + area * Math.sqrt(2 / Math.PI), 0);
  let variance = 0;
  for (const [i, a] of areas.entries()) {
    for (const b of areas.slice(i)) {
      const r = Math.min(Math.sqrt((a.share * (1 - b.share)) / (b.share * (1 - a.share))), 1);
      const covariance = (2 / Math.PI) * (Math.sqrt(1 - r * r) + r * Math.asin(r) - 1) * a.area * b.area;
      variance += a === b ? covariance : 2 * covariance;
    }
  }
  return { value, expected: mean, pValue: tailUnderNoDrift(value, { mean, variance }) };
}
