import type { Change, ChangeDetector } from './detector.ts';

export interface AdwinOptions {
  /** probability of a false alarm at each comparison of two windows */
  readonly delta: number;
  /** values between two looks */
  readonly every: number;
  /** buckets of one size */
  readonly buckets: number;
  /** values that each of the two windows needs */
  readonly minimumWindow: number;
  /** values before anything is said */
  readonly warmUp: number;
}

/** The sum of 2^row values, and the sum of their squared deviations from their mean. */
interface Bucket {
  readonly sum: number;
  readonly squares: number;
}

export interface AdwinState {
  readonly seen: number;
  readonly width: number;
  readonly sum: number;
  readonly squares: number;
  /** row r holds buckets of 2^r values, the oldest first; old values are in the last rows */
  readonly rows: readonly (readonly Bucket[])[];
}

/**
 * Adaptive windowing: a window grows as long as no cut divides it into an older and a newer part whose means differ by more
 * than chance allows, by a bound of Bernstein (Bifet and Gavaldà 2007, "Learning from time-changing data with adaptive
 * windowing"). Values are kept in an exponential histogram, so that n of them take O(log n) memory.
 */
export const adwin = (options: AdwinOptions): ChangeDetector<AdwinState> => {
  const initial: AdwinState = { seen: 0, width: 0, sum: 0, squares: 0, rows: [] };
  return {
    initial,
    update(before, value) {
      const state = inserted(before, value, options.buckets);
      const looks = state.seen % options.every === 0 && state.width > options.warmUp;
      const change = looks ? cutOf(state, options) : null;
      return { state: change ? initial : state, change };
    },
  };
};

/** What two groups of values have together. */
const merged = (a: Bucket, b: Bucket, n: number, m: number): Bucket => ({
  sum: a.sum + b.sum,
  squares: a.squares + b.squares + ((n * m) / (n + m)) * (a.sum / n - b.sum / m) ** 2,
});

function inserted(state: AdwinState, value: number, buckets: number): AdwinState {
  const { width } = state;
  const one: Bucket = { sum: value, squares: 0 };
  const { sum, squares } = width === 0 ? one : merged(state, one, width, 1);
  const rows = [[...(state.rows[0] ?? []), one], ...state.rows.slice(1)];
  for (let row = 0; (rows[row]?.length ?? 0) > buckets; row++) {
    const [oldest, next, ...others] = rows[row]!;
    const size = 2 ** row;
    rows[row] = others;
    rows[row + 1] = [...(rows[row + 1] ?? []), merged(oldest!, next!, size, size)];
  }
  return { seen: state.seen + 1, width: width + 1, sum, squares, rows };
}

/** The clearest of the cuts that divide the window into two whose means differ; null when none does. */
function cutOf({ width, sum, squares, rows }: AdwinState, options: AdwinOptions): Change | null {
  const { delta, minimumWindow } = options;
  const variance = squares / width;
  const confidence = Math.log((2 * Math.log(width)) / delta);
  let [older, olderSum] = [0, 0];
  let clearest: Change | null = null;
  let excess = 1;
  for (const [row, buckets] of [...rows.entries()].reverse()) {
    for (const bucket of buckets) {
      older += 2 ** row;
      olderSum += bucket.sum;
      const newer = width - older;
      if (older < minimumWindow || newer < minimumWindow) continue;
      const scale = 1 / (older - minimumWindow + 1) + 1 / (newer - minimumWindow + 1);
      const bound = Math.sqrt(2 * scale * variance * confidence) + (2 / 3) * confidence * scale;
      const cut = { before: olderSum / older, after: (sum - olderSum) / newer };
      const times = Math.abs(cut.before - cut.after) / bound;
      if (times <= excess) continue;
      clearest = cut;
      excess = times;
    }
  }
  return clearest;
}
