import type { Change, ChangeDetector } from './detector.ts';

export interface PageHinkleyOptions {
  /** values before anything is said */
  readonly warmUp: number;
  /** change of the mean that is tolerated */
  readonly tolerance: number;
  /** of the cumulative sum, from which there is a change */
  readonly threshold: number;
  /** of the cumulative sum that is kept at each value; 1 forgets nothing */
  readonly memory: number;
  /** whether the mean rises, or changes in either direction */
  readonly direction: 'up' | 'both';
}

export interface PageHinkleyState {
  readonly count: number;
  readonly mean: number;
  /** cumulative sums, and where they were lowest and highest */
  readonly rise: number;
  readonly fall: number;
  readonly lowest: Extreme;
  readonly highest: Extreme;
}

interface Extreme {
  readonly sum: number;
  /** values until then, and their mean */
  readonly count: number;
  readonly mean: number;
}

/**
 * The test of Page and Hinkley: the sum of deviations from the mean so far, less a tolerance, is a change when it is
 * `threshold` above its lowest value (Page 1954, "Continuous inspection schemes"; Hinkley 1971).
 */
export const pageHinkley = ({
  warmUp,
  tolerance,
  threshold,
  memory,
  direction,
}: PageHinkleyOptions): ChangeDetector<PageHinkleyState> => {
  const nowhere = { count: 0, mean: 0 };
  const initial: PageHinkleyState = {
    ...nowhere,
    rise: 0,
    fall: 0,
    lowest: { sum: Number.MAX_VALUE, ...nowhere },
    highest: { sum: -1, ...nowhere },
  };
  return {
    initial,
    update(before, value) {
      const count = before.count + 1;
      const mean = before.mean + (value - before.mean) / count;
      const rise = memory * before.rise + value - mean - tolerance;
      const fall = memory * before.fall + value - mean + tolerance;
      const lowest = rise < before.lowest.sum ? { sum: rise, count, mean } : before.lowest;
      const highest = fall > before.highest.sum ? { sum: fall, count, mean } : before.highest;
      const state = { count, mean, rise, fall, lowest, highest };
      if (count < warmUp) return { state, change: null };
      if (rise - lowest.sum > threshold) return { state: initial, change: changeSince(lowest, state) };
      if (direction === 'both' && highest.sum - fall > threshold)
        return { state: initial, change: changeSince(highest, state) };
      return { state, change: null };
    },
  };
};

/** The mean until an extreme of the sum, and since. */
const changeSince = (extreme: Extreme, { count, mean }: PageHinkleyState): Change => ({
  before: extreme.count === 0 ? mean : extreme.mean,
  after: (mean * count - extreme.mean * extreme.count) / (count - extreme.count),
});
