import type { Tick } from '../../plots/svg.ts';
import type { Domain } from '../domain.ts';
import { highestOf, isLogarithmic, positionOf } from '../domain.ts';
import type { Space } from '../space.ts';
import { type Completed, completedOf, type Direction, lossOf, type Trial } from '../trial.ts';

/** What the plots of a search show. */
export interface Study {
  readonly title: string;
  /** of the objective */
  readonly metric: string;
  readonly direction: Direction;
  readonly space: Space;
  readonly trials: readonly Trial[];
}

const FENCE = 3;
const ENOUGH = 12;

/**
 * The range that a plot shows of the objective: all values, but for outliers on the worse side (beyond the upper quartile by
 * three interquartile ranges), which would press all others together.
 */
export function rangeShown({ trials, direction }: Study): readonly [low: number, high: number] {
  const losses = completedOf(trials)
    .map(({ value }) => lossOf(direction, value))
    .sort((a, b) => a - b);
  if (losses.length === 0) return [0, 1];
  const quartile = (q: number) => losses[Math.floor(q * (losses.length - 1))]!;
  const fence = quartile(0.75) + FENCE * (quartile(0.75) - quartile(0.25));
  const within = losses.length < ENOUGH ? losses : losses.filter((loss) => loss <= fence);
  const ends = [lossOf(direction, within[0]!), lossOf(direction, within.at(-1)!)].sort((a, b) => a - b);
  const [low, high] = [ends[0]!, ends[1]!];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

/** How good a value is among those shown: 1 for the best, 0 for the worst. */
export function goodnessOf(study: Study): (value: number) => number {
  const [low, high] = rangeShown(study);
  return (value) => {
    const at = Math.min(Math.max((value - low) / (high - low), 0), 1);
    return study.direction === 'minimize' ? 1 - at : at;
  };
}

/** The completed trials, the best last, so that it is drawn above the others. */
export const byGoodness = ({ trials, direction }: Study): readonly Completed[] =>
  completedOf(trials).toSorted((a, b) => lossOf(direction, b.value) - lossOf(direction, a.value));

/** About five numbers that people would choose, for a range. */
export function ticksOf(low: number, high: number): readonly Tick[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? rough;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.max(0, Math.floor(high / step + 1e-9) - first + 1);
  return Array.from({ length: count }, (_, at) => {
    const value = (first + at) * step;
    return { at: (value - low) / (high - low), label: numberText(value) };
  });
}

/** The ticks of a parameter: its choices, powers of ten, or numbers that people would choose. */
export function ticksOfDomain(domain: Domain): readonly Tick[] {
  if (domain.type === 'categorical') {
    return domain.choices.map((choice) => ({ at: positionOf(domain, choice), label: String(choice) }));
  }
  const [low, high] = [domain.low, highestOf(domain)];
  if (low === high) return [{ at: 0.5, label: numberText(low) }];
  if (!isLogarithmic(domain)) return ticksOf(low, high);
  const from = Math.ceil(Math.log10(low) - 1e-9);
  const count = Math.max(0, Math.floor(Math.log10(high) + 1e-9) - from + 1);
  const powers = Array.from({ length: count }, (_, at) => 10 ** (from + at));
  const ends = powers.length < 2 ? [low, high] : powers;
  return ends.map((value) => ({ at: positionOf(domain, value), label: numberText(value) }));
}

/** To four digits. */
export function numberText(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6)
    return value
      .toExponential(3)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e');
  return String(Number(value.toPrecision(4)));
}
