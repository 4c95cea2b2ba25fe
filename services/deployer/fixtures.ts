import { sketchOf } from '../../ml/statistics/latency-sketch.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { targetOf } from '../../schemas/deployments/running.ts';
import { guardMeasurementOf, measurementIdOf } from './state.ts';

export const MODEL = 'topics';
export const TARGET = targetOf(MODEL, 'production');

const origin = { package: 'package', runId: 'r', datasetId: 'd', evaluationId: 'e', policyVersion: 0 };

export const registered = (version: string): NewEvent<'VersionRegistered'> =>
  newEvent('VersionRegistered', {
    model: MODEL,
    version,
    ...origin,
    package: `package-${version}`,
    modelHash: 'h',
    metrics: {},
    primaryMetric: 'accuracy',
  });

const decided = (version: string) => ({
  model: MODEL,
  version,
  ...origin,
  reason: 'why',
  requestedBy: 'ada',
});

export const promoted = (version: string): NewEvent<'VersionPromoted'> =>
  newEvent('VersionPromoted', { ...decided(version), previous: null });

export const rolledBackTo = (
  version: string,
  from: string,
  requestedBy = 'ada',
): NewEvent<'VersionRolledBack'> => newEvent('VersionRolledBack', { ...decided(version), from, requestedBy });

export const retired = newEvent('ModelRetired', {
  model: MODEL,
  version: null,
  reason: 'old',
  requestedBy: 'ada',
  policyVersion: 0,
});

export const deployment = (
  version: string,
  strategy: string | null = null,
  deploymentId = 'd1',
): NewEvent<'DeploymentRequested'> =>
  newEvent('DeploymentRequested', {
    target: TARGET,
    deploymentId,
    model: MODEL,
    environment: 'production',
    version,
    strategy,
    reason: 'try it',
    requestedBy: 'ada',
  });

export const abortion: NewEvent<'DeploymentAbortRequested'> = newEvent('DeploymentAbortRequested', {
  target: TARGET,
  model: MODEL,
  environment: 'production',
  reason: 'enough',
  requestedBy: 'bob',
});

const serving = (version: string, deploymentId: string) => ({
  servingId: 's',
  model: MODEL,
  version,
  package: `package-${version}`,
  instance: 'host-1',
  deploymentId,
});

export const ready = (
  version: string,
  given: { bytes?: number; p95Ms?: number } = {},
  deploymentId = 'd1',
): NewEvent<'CandidateReady'> =>
  newEvent('CandidateReady', { ...serving(version, deploymentId), bytes: 1_000, p95Ms: 2, ...given });

export const unreadable = (version: string, deploymentId = 'd1'): NewEvent<'CandidateFailed'> =>
  newEvent('CandidateFailed', {
    ...serving(version, deploymentId),
    code: 'PACKAGE_INVALID',
    reason: 'it is torn',
  });

export const reviewDue = (stage: number, review: number, deploymentId = 'd1'): NewEvent<'StageReviewDue'> =>
  newEvent('StageReviewDue', {
    target: TARGET,
    deploymentId,
    model: MODEL,
    environment: 'production',
    stage,
    review,
    dueAt: 0,
    policyVersion: 0,
  });

/** What a variant did at a stage. */
export interface Arm {
  predictions: number;
  failures?: number;
  /** milliseconds, about the median */
  latencyMs?: number;
  labels?: readonly number[];
  labelled?: number;
  correct?: number;
}

function row(
  variant: string,
  { predictions, failures = 0, latencyMs = 4, labels, labelled = 0, correct = 0 }: Arm,
) {
  const answered = predictions - failures;
  const counts = labels ?? [Math.ceil(answered / 2), Math.floor(answered / 2)];
  // a tenth of the answers each, from 0.6 to 1.5 times the latency
  const latency = sketchOf(Array.from({ length: answered }, (_, i) => latencyMs * (0.6 + (i % 10) / 10)));
  return {
    variant,
    version: variant,
    predictions,
    failures,
    latencyBuckets: latency.buckets,
    latencyCounts: latency.counts,
    labels: counts.map((_, i) => `label-${i}`),
    labelCounts: counts,
    confidences: answered,
    confidenceSum: 0.8 * answered,
    confidenceSquares: 0.65 * answered,
    labelled,
    correct,
  };
}

/** The numbers of a review. */
export const measured = (
  stage: number,
  review: number,
  candidate: Arm,
  production: Arm,
  deploymentId = 'd1',
): NewEvent<'MeasurementCompleted'> =>
  newEvent('MeasurementCompleted', {
    measurementId: measurementIdOf(deploymentId, stage, review),
    model: MODEL,
    query: 'deployments/arms',
    queryDigest: 'digest',
    parameters: { deploymentId, stage: String(stage) },
    ranges: [],
    rows: JSON.stringify([row('candidate', candidate), row('production', production)]),
  });

/** A predictor sees a version in production out of bounds. */
export const degraded = (version: string, servingId = 's1'): NewEvent<'ServingDegraded'> =>
  newEvent('ServingDegraded', {
    servingId,
    model: MODEL,
    version,
    package: `package-${version}`,
    instance: 'host-1',
    since: 1_000,
    predictions: 200,
    failures: 50,
    slow: 0,
  });

/** The numbers that the guard asked for. */
export const guardMeasured = (
  numbers: { predictions?: number; failures?: number; timed?: number; p95Ms?: number | null } = {},
  servingId = 's1',
): NewEvent<'MeasurementCompleted'> =>
  newEvent('MeasurementCompleted', {
    measurementId: guardMeasurementOf(servingId),
    model: MODEL,
    query: 'deployments/guard',
    queryDigest: 'digest',
    parameters: {},
    ranges: [],
    rows: JSON.stringify([{ predictions: 200, failures: 0, timed: 200, p95Ms: 20, ...numbers }]),
  });
