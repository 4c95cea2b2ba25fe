import { InvalidInput } from '../errors.ts';
import { CANARY_LIMITS, type CanaryLimits } from './canary-limits.ts';
import { type ArmCounts, MEASURES, type Measured, type Measures } from './canary-measures.ts';

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
