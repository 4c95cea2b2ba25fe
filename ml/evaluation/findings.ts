import type { Fairness } from '../fairness/fairness.ts';
import type { AdversarialResult } from '../robustness/adversarial.ts';
import type { OutOfDistribution } from '../robustness/out-of-distribution.ts';
import type { RobustnessResult } from '../robustness/robustness.ts';
import type { ErrorAnalysis } from './errors.ts';

/** What an evaluation found besides its metrics: mistakes, slices, and what was examined on request. */
export interface Findings extends ErrorAnalysis {
  readonly fairness: readonly Fairness[];
  readonly robustness: readonly RobustnessResult[];
  readonly adversarial: AdversarialResult | null;
  readonly outOfDistribution: OutOfDistribution | null;
}
