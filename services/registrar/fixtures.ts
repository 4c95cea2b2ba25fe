import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { EvaluationCompleted, VersionRegistered } from '../../schemas/events.generated.ts';

export const MODEL = 'topics';

const metrics = (accuracy: number) => ({
  accuracy,
  macroF1: accuracy - 0.01,
  logLoss: 0.5,
  calibrationError: 0.02,
  anyLabelAccuracy: accuracy,
});

/** Of 1,000 samples of two classes, 600 of them in the larger. */
const measured = (accuracy: number) => ({
  samples: 1_000,
  metrics: metrics(accuracy),
  primaryMetric: 'accuracy',
  perClass: [
    { label: 'a', precision: accuracy, recall: accuracy, f1: accuracy, support: 600 },
    { label: 'b', precision: accuracy, recall: accuracy, f1: accuracy, support: 400 },
  ],
  standardErrors: {},
  lower: {},
  upper: {},
  report: null,
  suites: [],
  confusion: [],
  coverage: [],
});

/** Losses that differ as the accuracies do: a gain of 1 point is two standard errors. */
const pairedBy = (gain: number) =>
  ['accuracy', 'logLoss'].map((metric) => ({
    ...{ metric, mean: -gain, standardError: 0.005, pValue: gain > 0.01 ? 0.01 : 0.5 },
  }));

/** The evaluation of run `r<run>`, beside that of a version in production. */
export function evaluation(
  run: number,
  accuracy: number,
  baseline?: { version: string; accuracy: number },
): NewEvent<'EvaluationCompleted'> {
  const data: EvaluationCompleted = {
    evaluationId: `e${run}`,
    model: MODEL,
    version: null,
    runId: `r${run}`,
    package: `package-${run}`,
    modelHash: `hash-${run}`,
    datasetId: `d${run}`,
    data: null,
    ...measured(accuracy),
    baseline: baseline
      ? {
          version: baseline.version,
          package: 'package',
          metrics: metrics(baseline.accuracy),
          paired: pairedBy(accuracy - baseline.accuracy),
          pairedRecent: [],
          operational: { sizeMb: 12, p95Ms: 5, memoryMb: 200 },
        }
      : null,
    reference: [],
    seconds: 1,
    inTraining: null,
    trainingIncluded: false,
    unknownTarget: 0,
    unreadable: 0,
    firstFault: null,
    operational: { sizeMb: 12, p95Ms: 5, memoryMb: 200 },
  };
  return newEvent('EvaluationCompleted', data);
}

const origin = (run: number) => ({
  package: `package-${run}`,
  runId: `r${run}`,
  datasetId: `d${run}`,
  evaluationId: `e${run}`,
});

export const registered = (run: number, accuracy: number): NewEvent => {
  const data: VersionRegistered = {
    model: MODEL,
    version: `v1.${run - 1}.0`,
    ...origin(run),
    modelHash: `hash-${run}`,
    metrics: metrics(accuracy),
    primaryMetric: 'accuracy',
    policyVersion: 0,
  };
  return newEvent('VersionRegistered', data);
};

export const promoted = (
  run: number,
  previous: string | null,
  reason = 'why',
  requestedBy = 'ada',
): NewEvent =>
  newEvent('VersionPromoted', {
    model: MODEL,
    version: `v1.${run - 1}.0`,
    previous,
    ...origin(run),
    reason,
    requestedBy,
    policyVersion: 0,
  });

export const rolledBack = (run: number, from: string): NewEvent =>
  newEvent('VersionRolledBack', {
    model: MODEL,
    version: `v1.${run - 1}.0`,
    from,
    ...origin(run),
    reason: 'why',
    requestedBy: 'ada',
    policyVersion: 0,
  });

export const archived = (version: string, reason = 'why'): NewEvent =>
  newEvent('VersionArchived', { model: MODEL, version, reason, policyVersion: 0 });

export const promotion = (
  version: string,
  given: { expected?: string; force?: boolean } = {},
): NewEvent<'PromotionRequested'> =>
  newEvent('PromotionRequested', {
    ...{ model: MODEL, version, reason: 'why', requestedBy: 'ada', expected: null, force: false },
    ...given,
  });

export const retirement = newEvent('RetirementRequested', {
  model: MODEL,
  reason: 'why',
  requestedBy: 'ada',
});

export const retired = (version: string | null): NewEvent =>
  newEvent('ModelRetired', { model: MODEL, version, reason: 'why', requestedBy: 'ada', policyVersion: 0 });

export const rollback = newEvent('RollbackRequested', {
  model: MODEL,
  to: null,
  from: null,
  reason: 'why',
  requestedBy: 'ada',
});
