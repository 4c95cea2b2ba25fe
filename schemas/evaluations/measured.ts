import type { EvaluationCompleted } from '../events.generated.ts';

/** A candidate on its test samples, beside the version in production. */
export interface Measured {
  readonly samples: number;
  readonly value: number;
  /** null without a version in production */
  readonly rival: { version: string; value: number } | null;
  /** value of the candidate less that of its rival */
  readonly difference: number | null;
  /** 95 % interval of the difference, where the samples were compared one by one */
  readonly interval: readonly [number, number] | null;
  /** of the one-sided paired test */
  readonly pValue: number | null;
}

/** Standard errors on each side of a mean that hold 95 % of a normal distribution. */
export const TWO_SIDED_95 = 1.96;

type Compared = Pick<EvaluationCompleted, 'metrics' | 'primaryMetric' | 'baseline' | 'samples'>;

/** What an evaluation says of a candidate and its rival. The interval is of the paired losses of the same samples. */
export function measuredBy(evaluation: Compared, asked: string | null): Measured | null {
  const { metrics, primaryMetric, baseline, samples } = evaluation;
  const metric = asked ?? primaryMetric;
  const value = metrics[metric];
  if (value === undefined) return null;
  const rivals = baseline?.metrics[metric];
  if (!baseline || rivals === undefined)
    return { samples, value, rival: null, difference: null, interval: null, pValue: null };
  const rival = { version: baseline.version, value: rivals };
  const difference = value - rivals;
  const paired = baseline.paired.find((pair) => pair.metric === metric);
  if (!paired) return { samples, value, rival, difference, interval: null, pValue: null };
  // of squared errors a² − b² = (a − b)(a + b); the loss of accuracy is its complement, whose error is the same
  const scale = metric === 'rmse' ? value + rivals : 1;
  const half = scale === 0 ? 0 : (TWO_SIDED_95 * paired.standardError) / scale;
  const interval = [difference - half, difference + half] as const;
  return { samples, value, rival, difference, interval, pValue: paired.pValue };
}
