import type { Belief } from './bayes.ts';
import type { Interval } from './estimate.ts';
import type { Compared } from './experiment-metrics.ts';
/** `primary` decides; a `guardrail` must not get worse; `secondary` is for reading. */
export type MetricRole = 'primary' | 'guardrail' | 'secondary';

/** What is compared, and in which treatment. */
export interface Subject {
  readonly metric: string;
  readonly role: MetricRole;
  readonly segment: string | null;
  /** the treatment */
  readonly arm: string;
}

export interface Comparison extends Subject, Omit<Compared, 'belief'> {
  readonly isMeasured: true;
  /** what decides, by the rules: that of one look or of every look */
  readonly decisive: { readonly interval: Interval; readonly pValue: number };
  /** the decisive p-value, corrected: of primary metrics and treatments by Holm, of secondary ones by Benjamini and Hochberg */
  readonly correctedPValue: number;
  /** how much better the treatment is (positive) by the metric's direction, and between what bounds */
  readonly improvement: number;
  readonly improvementInterval: Interval;
  /** by the metric's direction */
  readonly belief: Belief;
  /** of a guardrail */
  readonly margin: number;
}

/** A metric that these data do not allow to compare, and why (codes of InvalidInput). */
export interface Unmeasured extends Subject {
  readonly isMeasured: false;
  readonly code: string;
  readonly message: string;
}
