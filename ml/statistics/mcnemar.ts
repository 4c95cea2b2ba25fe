import { InvalidInput } from '../errors.ts';
import { type BootstrapOptions, bootstrapInterval } from './bootstrap.ts';
import { betaTail } from './distributions.ts';
import type { Interval } from './estimate.ts';
import type { PairedDifference } from './paired.ts';

/** Samples on which exactly one of two models is right, of all samples. */
export interface Discordance {
  /** the model is right and the other wrong */
  readonly better: number;
  /** the model is wrong and the other right */
  readonly worse: number;
  readonly samples: number;
}

/**
 * Reads the counts from the paired difference of 0/1 losses: with d in {−1, 0, 1}, Σd = n·mean and
 * Σd² = (n − 1)·n·SE² + n·mean², which are worse − better and worse + better.
 *
 * @throws InvalidInput `shape` when these are no counts: the losses were others
 */
export function discordanceOf(
  { mean, standardError }: Pick<PairedDifference, 'mean' | 'standardError'>,
  samples: number,
): Discordance {
  const sum = samples * mean;
  const squares = (samples - 1) * samples * standardError ** 2 + samples * mean ** 2;
  const [better, worse] = [(squares - sum) / 2, (squares + sum) / 2].map(Math.round) as [number, number];
  const isExact = Math.abs(worse - better - sum) < 1e-3 && Math.abs(worse + better - squares) < 1e-3;
  if (isExact && better >= 0 && worse >= 0) return { better, worse, samples };
  throw new InvalidInput('shape', `a mean of ${mean} over ${samples} samples is not of losses of 0 and 1`);
}

/**
 * McNemar's exact test (McNemar 1947): of the samples on which the two differ, each is as likely to be right when they are
 * equally good. The two-sided p-value of the binomial; 1 where they never differ.
 */
export function mcnemar({ better, worse }: Pick<Discordance, 'better' | 'worse'>): number {
  const differing = better + worse;
  const larger = Math.max(better, worse);
  if (differing === 0) return 1;
  // P(X ≥ k) of n tosses is the incomplete beta function at ½ of k and n − k + 1
  return Math.min(1, 2 * betaTail(0.5, differing - larger + 1, larger));
}

/** The difference of accuracies, model less other, with its percentile bootstrap interval over the samples. */
export function accuracyDifference(
  { better, worse, samples }: Discordance,
  options?: BootstrapOptions,
): { difference: number; interval: Interval } {
  const counts = [better, worse, samples - better - worse];
  const statistic = ([won = 0, lost = 0]: readonly number[]) => (won - lost) / samples;
  return { difference: statistic(counts), interval: bootstrapInterval(counts, statistic, options) };
}
