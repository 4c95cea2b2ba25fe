import { type NewEvent, newEvent, type Timer } from '../../schemas/catalogue.ts';
import type {
  CandidateFailed,
  CandidateReady,
  MeasurementCompleted,
  StagePassedCheck,
  StageReviewDue,
} from '../../schemas/events.generated.ts';
import { reviewOf } from './review.ts';
import { type Deployment, measurementIdOf } from './state.ts';

const DEPLOYER = 'deployer';
const MEGABYTE = 1024 * 1024;

/** Of a deployment, what its facts say. */
type Going = Pick<
  Deployment,
  | 'target'
  | 'deploymentId'
  | 'model'
  | 'environment'
  | 'version'
  | 'previous'
  | 'strategy'
  | 'stages'
  | 'stage'
  | 'share'
  | 'requestedBy'
  | 'policyVersion'
>;

const identityOf = ({ target, deploymentId, model, environment, version, policyVersion }: Going) => ({
  target,
  deploymentId,
  model,
  environment,
  version,
  policyVersion,
});

/**
 * Begins the next stage. One that has all the traffic completes the deployment when a predictor confirms that its package
 * is still whole, see `onReady`; where no predictor takes part, at once.
 */
export function shift(running: Going, reason: string): NewEvent[] {
  const share = running.stages[running.stage] ?? 0;
  const shifted = { stage: running.stage + 1, share, previousShare: running.share, reason };
  const event = newEvent('TrafficShifted', { ...identityOf(running), ...shifted });
  return share === 100 && running.strategy === 'immediate' ? [event, complete(running, reason)] : [event];
}

const complete = (running: Going, reason: string): NewEvent => {
  const { previous, strategy, requestedBy } = running;
  const completed = { ...identityOf(running), previous, strategy, reason, requestedBy };
  return newEvent('DeploymentCompleted', completed);
};

/** Gives all the traffic back to the version before. */
export const rollBack = (
  running: Going,
  code: string,
  reason: string,
  requestedBy = DEPLOYER,
): NewEvent[] => [
  newEvent('DeploymentRolledBack', {
    ...identityOf(running),
    previous: running.previous,
    code,
    reason,
    requestedBy,
  }),
];

/**
 * The first stage begins when an instance of the predictor has the version loaded, if it is small and fast enough; when it has
 * all the traffic, and its package is still whole, the deployment is complete.
 */
export function onReady(running: Deployment | undefined, ready: CandidateReady): NewEvent[] {
  if (!running) return [];
  const { bytes, p95Ms, instance } = ready;
  const loaded = `${instance} has it loaded and warm: p95 ${p95Ms.toFixed(1)} ms, ${bytes} bytes`;
  if (running.stage > 0) {
    return running.share === 100 ? [complete(running, `it has all the traffic; ${loaded}`)] : [];
  }
  const { maximumMb, maximumP95Ms } = running.rule;
  if (bytes > maximumMb * MEGABYTE) {
    const reason = `its package has ${(bytes / MEGABYTE).toFixed(0)} MB, and ${maximumMb} MB are allowed`;
    return rollBack(running, 'VALIDATION_FAILED', reason);
  }
  if (p95Ms > maximumP95Ms) {
    const reason = `95 of 100 single predictions take up to ${p95Ms.toFixed(1)} ms, and ${maximumP95Ms} ms are allowed`;
    return rollBack(running, 'VALIDATION_FAILED', reason);
  }
  return shift(running, loaded);
}

/** A version that cannot be served is not deployed. */
export const onFailed = (running: Deployment | undefined, failed: CandidateFailed): NewEvent[] =>
  running ? rollBack(running, failed.code, `${failed.instance}: ${failed.reason}`) : [];

/** Asks for the numbers of a stage. */
export function onReviewDue(running: Deployment | undefined, due: StageReviewDue): NewEvent[] {
  const { deploymentId, stage, review, model } = due;
  if (running?.stage !== stage || running.share === 100) return [];
  return [
    newEvent('MeasurementRequested', {
      measurementId: measurementIdOf(deploymentId, stage, review),
      model,
      query: running.strategy === 'shadow' ? 'deployments/agreement' : 'deployments/arms',
      streams: ['predictions', 'outcomes'],
      parameters: { deploymentId, stage: String(stage) },
      requestedBy: DEPLOYER,
    }),
  ];
}

/** Decides on a stage by its numbers: it passes, it fails, or it goes on. `now` in milliseconds since the epoch. */
export function onMeasured(
  running: Deployment | undefined,
  measured: MeasurementCompleted,
  now: number,
): NewEvent[] {
  if (!running) return [];
  const review = reviewOf(running, measured, now);
  if (review.verdict === 'hold') return [];
  const { stage, share } = running;
  const { reason } = review;
  const checks: readonly StagePassedCheck[] = review.checks;
  const judged = {
    ...identityOf(running),
    stage,
    share,
    measurementId: measured.measurementId,
    checks,
    reason,
  };
  if (review.verdict === 'fail') {
    return [newEvent('StageFailed', judged), ...rollBack(running, 'STAGE_FAILED', reason)];
  }
  const next = running.strategy === 'shadow' ? [complete(running, reason)] : shift(running, reason);
  return [newEvent('StagePassed', judged), ...next];
}

/** The next review of a stage that is compared: in time after the last one has its numbers. */
export function reviewTimer(running: Deployment): Timer[] {
  if (running.stage === 0 || running.share === 100 || running.measuring !== null) return [];
  const dueAt = running.reviewedAt + running.rule.reviewEvery;
  const { version: _, ...identity } = identityOf(running);
  const due = { ...identity, stage: running.stage, review: running.reviews + 1, dueAt };
  return [{ id: running.deploymentId, dueAt, event: newEvent('StageReviewDue', due) }];
}
