import { percent } from '../../ml/metrics/format.ts';
import { type CanaryCheck, judgeCanary } from '../../ml/statistics/canary.ts';
import { CANARY_LIMITS, type CanaryLimits } from '../../ml/statistics/canary-limits.ts';
import type { ArmCounts } from '../../ml/statistics/canary-measures.ts';
import type { MeasurementCompleted, StagePassedCheck } from '../../schemas/events.generated.ts';
import type { Deployment } from './state.ts';

/** A row of `deployments/arms` or `deployments/agreement`. */
interface ArmRow {
  variant: string;
  predictions: number;
  failures: number;
  latencyBuckets: readonly number[];
  latencyCounts: readonly number[];
  labels: readonly string[];
  labelCounts: readonly number[];
  confidences: number;
  confidenceSum: number;
  confidenceSquares: number;
  labelled: number;
  correct: number;
  /** of a shadow: answers that are the same in both */
  agreeing?: number;
}

/** What the numbers of a stage say. */
export interface Review {
  readonly verdict: 'pass' | 'hold' | 'fail';
  readonly checks: readonly StagePassedCheck[];
  readonly reason: string;
}

const NOTHING: Omit<ArmRow, 'variant'> = {
  predictions: 0,
  failures: 0,
  latencyBuckets: [],
  latencyCounts: [],
  labels: [],
  labelCounts: [],
  confidences: 0,
  confidenceSum: 0,
  confidenceSquares: 0,
  labelled: 0,
  correct: 0,
};

/**
 * Judges a stage by its numbers under the rule that the deployment started with. Before its time is over a stage can only
 * fail. `now` in milliseconds since the epoch.
 */
export function reviewOf(running: Deployment, { rows }: MeasurementCompleted, now: number): Review {
  const arms: ArmRow[] = JSON.parse(rows);
  const [candidate, production] = ['candidate', 'production'].map(
    (name) => arms.find(({ variant }) => variant === name) ?? { ...NOTHING, variant: name },
  );
  const judgement = judgeCanary(countsOf(candidate!), countsOf(production!), limitsOf(running));
  const checks = judgement.checks.map(checkOf);
  if (judgement.verdict === 'fail') {
    const failed = checks.filter(({ verdict }) => verdict === 'fail').map(({ reason }) => reason);
    return { verdict: 'fail', checks, reason: failed.join('; ') };
  }
  const { dwell, maximumDwell } = running.rule;
  const lasted = now - running.since;
  const verdict = lasted >= dwell ? judgement.verdict : 'hold';
  const reason = summaryOf(candidate!, production!, checks);
  return verdict === 'hold' && maximumDwell !== null && lasted >= maximumDwell
    ? { verdict: 'fail', checks, reason: `no decision in time; ${reason}` }
    : { verdict, checks, reason };
}

function limitsOf({ rule, stages }: Deployment): CanaryLimits {
  const { errorRatio, errorFloor, latencyRatio, labelDrift, confidenceShift, accuracyLoss } = rule;
  const { minimumSamples, minimumOutcomes, significance } = rule;
  return {
    ...CANARY_LIMITS,
    errorRatio,
    errorFloor,
    latencyRatio,
    labelDrift,
    confidenceShift,
    accuracyLoss,
    minimumSamples,
    minimumOutcomes,
    falseRollbacks: significance,
    stages: Math.max(1, stages.length - 1), // the last has all the traffic, and nothing beside it
  };
}

const countsOf = (row: ArmRow): ArmCounts => ({
  requests: row.predictions,
  errors: row.failures,
  latency: { buckets: row.latencyBuckets, counts: row.latencyCounts },
  labels: Object.fromEntries(row.labels.map((label, i) => [label, row.labelCounts[i]!])),
  confidence: { count: row.confidences, sum: row.confidenceSum, squares: row.confidenceSquares },
  outcomes: { successes: row.correct, trials: row.labelled },
});

const UNITS: Record<CanaryCheck['check'], (value: number) => string> = {
  errors: (value) => percent(value, 2),
  latency: (value) => `${value.toFixed(1)} ms`,
  labels: (value) => `PSI ${value.toFixed(3)}`,
  confidence: (value) => value.toFixed(3),
  accuracy: (value) => percent(value, 2),
};
const NAMES: Record<CanaryCheck['check'], string> = {
  errors: 'error rate',
  latency: 'p95 latency',
  labels: 'labels',
  confidence: 'mean confidence',
  accuracy: 'accuracy',
};

const chance = (p: number): string => (p < 1e-4 ? 'p < 0.0001' : `p ${p.toPrecision(2)}`);

function checkOf({
  check,
  verdict,
  canary,
  production,
  limit,
  samples,
  pValue,
  reason,
}: CanaryCheck): StagePassedCheck {
  const shown = (value: number | null) => (value === null ? 'unknown' : UNITS[check](value));
  const beside = check === 'labels' ? '' : ` against ${shown(production)}`;
  const numbers =
    canary === null
      ? 'nothing measured'
      : `${shown(canary)}${beside} (limit ${shown(limit)}, ${chance(pValue)}, ${samples.canary} and ${samples.production} predictions)`;
  const text = `${NAMES[check]} ${numbers}${verdict === 'hold' ? `: ${reason}` : ''}`;
  return { name: check, verdict, candidate: canary, production, limit, pValue, reason: text };
}

/** What a stage passes on, in a sentence. */
function summaryOf(candidate: ArmRow, production: ArmRow, checks: readonly StagePassedCheck[]): string {
  const counts = `${candidate.predictions} predictions against ${production.predictions} of production`;
  const agreement =
    candidate.agreeing === undefined || candidate.predictions === 0
      ? ''
      : `, ${percent(candidate.agreeing / candidate.predictions, 1)} answered alike`;
  const worst = checks.filter(({ verdict }) => verdict === 'hold').map(({ reason }) => reason);
  return worst.length > 0
    ? `${counts}${agreement}: ${worst.join('; ')}`
    : `${counts}${agreement}: no check fails`;
}
