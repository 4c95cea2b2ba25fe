import { InvalidInput } from '../errors.ts';
import { type Random, randomBinomial, seededRandom } from '../random.ts';
import { total } from './counts.ts';
import type { Difference } from './difference.ts';
import { normalTail } from './distributions.ts';
import type { Estimate, Interval } from './estimate.ts';

export interface BootstrapOptions {
  readonly resamples?: number;
  readonly confidence?: number;
  /** the same seed gives the same numbers */
  readonly seed?: number;
}

export interface BootstrapTest extends Difference {
  readonly control: Estimate;
  readonly treatment: Estimate;
}

/**
 * The bootstrap (Efron 1979) of the difference of a statistic that has no simple error, such as macro-F1 of a confusion
 * matrix or a percentile of a latency sketch. Both arms are given as counts of cells; a resample draws as many units again
 * from these (a multinomial, so that its cost depends on cells, not on units).
 *
 * The interval is that of percentiles; the p-value is that of a normal difference with the resampled standard error.
 *
 * @param control counts of cells, of any order
 * @param treatment counts of the same cells
 * @param statistic of such counts, in the order given
 * @throws InvalidInput `shape`, `empty`, `count`; `zero-variance` when no resample differs
 */
export function bootstrapDifference(
  control: readonly number[],
  treatment: readonly number[],
  statistic: (counts: readonly number[]) => number,
  { resamples = 1000, confidence = 0.95, seed = 1 }: BootstrapOptions = {},
): BootstrapTest {
  if (control.length !== treatment.length) {
    throw new InvalidInput('shape', `cannot compare ${control.length} cells with ${treatment.length}`);
  }
  const random = seededRandom(seed);
  const [a, b] = [control, treatment].map((counts) => resampled(counts, statistic, resamples, random));
  const differences = a!.map((value, at) => b![at]! - value).sort();
  const standardError = deviationOf(differences);
  if (standardError === 0) throw new InvalidInput('zero-variance', 'no resample differs from another');
  const difference = statistic(treatment) - statistic(control);
  const at = (share: number) => differences[Math.min(Math.floor(share * resamples), resamples - 1)]!;
  return {
    control: { value: statistic(control), standardError: deviationOf(a!), count: total(control) },
    treatment: { value: statistic(treatment), standardError: deviationOf(b!), count: total(treatment) },
    difference,
    standardError,
    interval: [at((1 - confidence) / 2), at((1 + confidence) / 2)],
    pValue: Math.min(2 * normalTail(Math.abs(difference) / standardError), 1),
  };
}

/**
 * The percentile interval of a statistic of one sample, given as counts of cells.
 *
 * @throws InvalidInput `empty`, `count`
 */
export function bootstrapInterval(
  counts: readonly number[],
  statistic: (counts: readonly number[]) => number,
  { resamples = 1000, confidence = 0.95, seed = 1 }: BootstrapOptions = {},
): Interval {
  const values = resampled(counts, statistic, resamples, seededRandom(seed)).sort();
  const at = (share: number) => values[Math.min(Math.floor(share * resamples), resamples - 1)]!;
  return [at((1 - confidence) / 2), at((1 + confidence) / 2)];
}

function resampled(
  counts: readonly number[],
  statistic: (counts: readonly number[]) => number,
  resamples: number,
  random: Random,
): Float64Array {
  const units = total(counts);
  return Float64Array.from({ length: resamples }, () => statistic(drawAgain(counts, units, random)));
}

/** As many units as there are, each of a cell with the probability of its count. */
function drawAgain(counts: readonly number[], units: number, random: Random): number[] {
  let [left, weight] = [units, units];
  return counts.map((count) => {
    const drawn = weight <= count ? left : randomBinomial(left, count / weight, random);
    left -= drawn;
    weight -= count;
    return drawn;
  });
}

function deviationOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / Math.max(values.length - 1, 1));
}
