import type { ChangeDetector } from './detector.ts';

export interface DdmOptions {
  /** values before anything is said */
  readonly warmUp: number;
  /** standard deviations above the lowest error rate that are a change */
  readonly threshold: number;
}

export interface DdmState {
  readonly count: number;
  readonly rate: number;
  /** the error rate, its standard deviation and the values until then, where the sum of the first two was lowest */
  readonly lowest: { readonly rate: number; readonly deviation: number; readonly count: number } | null;
}

/**
 * The drift detection method: an error rate that grows is a change when rate + deviation is `threshold` deviations above
 * the lowest (Gama, Medas, Castillo, Rodrigues 2004, "Learning with drift detection"). For values 0 and 1; it finds only
 * what gets worse, and needs a stream that began well.
 */
export const ddm = ({ warmUp, threshold }: DdmOptions): ChangeDetector<DdmState> => {
  const initial: DdmState = { count: 0, rate: 0, lowest: null };
  return {
    initial,
    update(before, value) {
      const count = before.count + 1;
      const rate = before.rate + (value - before.rate) / count;
      const deviation = Math.sqrt((rate * (1 - rate)) / count);
      if (count <= warmUp) return { state: { count, rate, lowest: null }, change: null };
      const { lowest: known } = before;
      const lowest =
        known && rate + deviation > known.rate + known.deviation ? known : { rate, deviation, count };
      if (rate + deviation <= lowest.rate + threshold * lowest.deviation)
        return { state: { count, rate, lowest }, change: null };
      const after = (rate * count - lowest.rate * lowest.count) / (count - lowest.count);
      return { state: initial, change: { before: lowest.rate, after } };
    },
  };
};
