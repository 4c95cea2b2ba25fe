import { InvalidInput } from '../errors.ts';
import { MEASURES, type Measured } from './canary-measures.ts';
import type { Sums } from './estimate.ts';
import type { LatencySketch } from './latency-sketch.ts';
import type { Proportion } from './proportions.ts';

/** What one arm of a stage has answered so far. Two batches merge by adding. */
export interface ArmCounts {
  /** answered and failed */
  readonly requests: number;
  /** those of them that failed by the model's fault */
  readonly errors: number;
  /** milliseconds of the answered */
  readonly latency: LatencySketch;
  /** how often each label was answered; of a regression, none */
  readonly labels: Readonly<Record<string, number>>;
  /** of the answers' confidence; of a regression, of nothing */
  readonly confidence: Sums;
  /** right answers of those whose outcome has come */
  readonly outcomes: Proportion;
}

/** How much worse than production a canary may be, and how surely it must be so to be rolled back. */
export interface CanaryLimits {
  /** error rate, by that of production; 1.5 */
  readonly errorRatio: number;
  /** but at least so much above it, so that 1.5 × 0 is not 0; 0.005 */
  readonly errorFloor: number;
  /** p95 latency, by that of production; 1.2 */
  readonly latencyRatio: number;
  /** but at least so many milliseconds above it; 1 */
  readonly latencyFloorMs: number;
  /** population stability index of labels, beyond what chance gives; 0.2 */
  readonly labelDrift: number;
  /** mean confidence, in either direction; 0.1 */
  readonly confidenceShift: number;
  /** accuracy below that of production; 0.02 */
  readonly accuracyLoss: number;
  /** requests of each arm without which no stage passes; 200 */
  readonly minimumSamples: number;
  /** outcomes of each arm without which no stage passes; 0: no stage waits for outcomes */
  readonly minimumOutcomes: number;
  /** the probability that a canary as good as production is rolled back in any stage; 0.05 */
  readonly falseRollbacks: number;
  /** stages of the rollout, over which that probability is spread; 5 */
  readonly stages: number;
}

export const CANARY_LIMITS: CanaryLimits = {
  errorRatio: 1.5,
  errorFloor: 0.005,
  latencyRatio: 1.2,
  latencyFloorMs: 1,
  labelDrift: 0.2,
  confidenceShift: 0.1,
  accuracyLoss: 0.02,
  minimumSamples: 200,
  minimumOutcomes: 0,
  falseRollbacks: 0.05,
  stages: 5,
};

export type CanaryVerdict = 'pass' | 'hold' | 'fail';

/**
 * Why a check has its verdict. `within` its limit: pass; `worse`: fail; `too-few` samples: hold; `unsure`, beyond the limit
 * but perhaps by chance: hold, or pass where no samples are waited for; `no-data`: pass.
 */
export type CanaryReason = 'within' | 'worse' | 'too-few' | 'unsure' | 'no-data';

export interface CanaryCheck extends Measures {
  readonly verdict: CanaryVerdict;
  readonly reason: CanaryReason;
}

/** The numbers of a check. */
export interface Measures {
  readonly check: 'errors' | 'latency' | 'labels' | 'confidence' | 'accuracy';
  /** the measure of each arm, null where nothing was measured; of labels their distance (PSI), and 0 */
  readonly canary: number | null;
  readonly production: number | null;
  /** which the canary's measure must not pass; of confidence, its distance from production's */
  readonly limit: number | null;
  readonly samples: { readonly canary: number; readonly production: number };
  /** of "not worse than production at all", valid at every look */
  readonly pValue: number;
}

export interface CanaryJudgement {
  readonly verdict: CanaryVerdict;
  readonly checks: readonly CanaryCheck[];
  /** the p-value below which a check may fail: `falseRollbacks` by checks and stages */
  readonly significance: number;
}

/**
 * Judges a canary by all that it and production have answered since the stage began. It may be asked after every batch.
 *
 * A check **fails** when the canary's measure is beyond its limit *and* is not worse by chance: p ≤ `significance`, where p
 * is valid at every look (evidence.ts), so that looking often does not roll back a good canary. It **holds** while the
 * arms have fewer than the least samples, or while the measure is beyond the limit and may be so by chance. Else it
 * **passes**. A check without data (no outcomes yet, a regression's labels) passes, unless `minimumOutcomes` are asked for.
 *
 * Both arms must be of the same time. At 100 % there is no production beside the canary: give that of the stage before.
 *
 * - errors: the share of requests that failed.
 * - latency: p95; its p-value is that of the share of answers that are slower than the p95 of both arms together.
 * - labels: the population stability index. - confidence: the mean. - accuracy: where outcomes have come.
 *
 * @returns fail if one check fails, else hold if one holds, else pass
 * @throws InvalidInput `count` when a count is negative or not finite, or a part is more than its whole
 */
export function judgeCanary(
  canary: ArmCounts,
  production: ArmCounts,
  limits: CanaryLimits = CANARY_LIMITS,
): CanaryJudgement {
  checkCounts(canary, 'canary');
  checkCounts(production, 'production');
  const significance = limits.falseRollbacks / (MEASURES.length * limits.stages);
  const checks = MEASURES.map((measure) =>
    judged(measure(canary, production, limits, significance), significance),
  );
  const verdict = (['fail', 'hold', 'pass'] as const).find((one) =>
    checks.some(({ verdict }) => verdict === one),
  )!;
  return { verdict, checks, significance };
}

function judged({ isBeyond, needed, ...measured }: Measured, significance: number): CanaryCheck {
  const { samples, pValue } = measured;
  const fewest = Math.min(samples.canary, samples.production);
  const as = (verdict: CanaryVerdict, reason: CanaryReason): CanaryCheck => ({
    ...measured,
    verdict,
    reason,
  });
  if (isBeyond && pValue <= significance) return as('fail', 'worse');
  if (fewest < needed) return as('hold', 'too-few');
  if (fewest === 0) return as('pass', 'no-data');
  if (!isBeyond) return as('pass', 'within');
  return needed > 0 ? as('hold', 'unsure') : as('pass', 'unsure');
}

/** @throws InvalidInput `count` */
function checkCounts(
  { requests, errors, latency, labels, confidence, outcomes }: ArmCounts,
  arm: string,
): void {
  checkPart(errors, requests, `errors of the requests of the ${arm}`);
  checkPart(outcomes.successes, outcomes.trials, `right answers of the outcomes of the ${arm}`);
  for (const count of latency.counts) checkPart(count, count, `latencies of the ${arm}`);
  for (const [label, count] of Object.entries(labels))
    checkPart(count, count, `labels ${label} of the ${arm}`);
  checkPart(confidence.count, confidence.count, `confidences of the ${arm}`);
}

function checkPart(part: number, whole: number, what: string): void {
  if (!(part >= 0 && part <= whole && Number.isFinite(whole))) {
    throw new InvalidInput('count', `${part} of ${whole} cannot be the ${what}`);
  }
}
