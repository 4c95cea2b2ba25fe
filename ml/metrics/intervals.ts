import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { seededRandom } from '../random.ts';

/** The ends of the interval of each metric, by name. */
export interface Intervals {
  readonly lower: Readonly<Record<string, number>>;
  readonly upper: Readonly<Record<string, number>>;
}

type Numbers = Readonly<Record<string, number>>;

interface IntervalOptions {
  readonly resamples?: number;
  readonly confidence?: number;
  /** the same seed gives the same intervals */
  readonly seed?: number;
}

/**
 * Percentile bootstrap intervals (Efron 1979) of metrics: each resample draws as many samples as there are, with
 * replacement. A metric that is not defined in half of the resamples or more, as when a rare class is missing, has none.
 *
 * @param numbers the metrics of samples that count so many times each, see `weightedNumbers`
 */
export async function bootstrapIntervals(
  numbers: (weights: Float64Array) => Numbers | Promise<Numbers>,
  samples: number,
  { resamples = 200, confidence = 0.95, seed = 1 }: IntervalOptions = {},
): Promise<Intervals> {
  const random = seededRandom(seed);
  const values = new Map<string, number[]>();
  for (let resample = 0; resample < resamples && samples > 0; resample++) {
    await yieldToEventLoop();
    const weights = new Float64Array(samples);
    for (let draw = 0; draw < samples; draw++) weights[Math.floor(random() * samples)]! += 1;
    for (const [name, value] of Object.entries(await numbers(weights))) {
      const own = values.get(name);
      if (own) own.push(value);
      else values.set(name, [value]);
    }
  }
  const ends = [...values].filter(([, own]) => own.length > resamples / 2);
  const at = (share: number) =>
    Object.fromEntries(ends.map(([name, own]) => [name, quantile(own, share)] as const));
  return { lower: at((1 - confidence) / 2), upper: at((1 + confidence) / 2) };
}

/** Linear between the two nearest values, as NumPy's default. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return low + (place - below) * (high - low);
}
