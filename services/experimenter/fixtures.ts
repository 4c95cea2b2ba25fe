import { sketchOf } from '../../ml/statistics/latency-sketch.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { ExperimentRequested } from '../../schemas/events.generated.ts';
import type { ArmRow } from './analysis.ts';
import { measurementIdOf } from './state.ts';

export const MODEL = 'topics';

const origin = { package: 'package', runId: 'r', datasetId: 'd', evaluationId: 'e', policyVersion: 0 };

export const registered = (version: string, primaryMetric = 'accuracy'): NewEvent<'VersionRegistered'> =>
  newEvent('VersionRegistered', {
    model: MODEL,
    version,
    ...origin,
    package: `package-${version}`,
    modelHash: 'h',
    metrics: { [primaryMetric]: 0.8 },
    primaryMetric,
  });

export const promoted = (version: string): NewEvent<'VersionPromoted'> =>
  newEvent('VersionPromoted', {
    model: MODEL,
    version,
    ...origin,
    reason: 'why',
    requestedBy: 'ada',
    previous: null,
  });

export const retired = newEvent('ModelRetired', {
  model: MODEL,
  version: null,
  reason: 'old',
  requestedBy: 'ada',
  policyVersion: 0,
});

export const arm = (name: string, version: string, share = 50): ExperimentRequested['arms'][number] => ({
  name,
  version,
  share,
});

export const metric = (
  name: string,
  role = 'primary',
  given: Partial<ExperimentRequested['metrics'][number]> = {},
): ExperimentRequested['metrics'][number] => ({ metric: name, role, better: null, margin: null, ...given });

export const asked = (given: Partial<ExperimentRequested> = {}): NewEvent<'ExperimentRequested'> =>
  newEvent('ExperimentRequested', {
    experimentId: 'e1',
    model: MODEL,
    arms: [arm('control', 'v1.0.0'), arm('treatment', 'v1.1.0')],
    traffic: 100,
    audience: { keys: [], attributes: [] },
    metrics: [metric('accuracy')],
    ownMetrics: [],
    segments: [],
    minimumUnits: 100,
    minimumImprovement: null,
    significance: null,
    analyseEvery: 1_000,
    maximumDuration: 10_000,
    promotes: null,
    reason: 'try it',
    requestedBy: 'ada',
    ...given,
  });

const about = { experimentId: 'e1', reason: 'enough', requestedBy: 'bob' };
export const stopping = (experimentId = 'e1') =>
  newEvent('ExperimentStopRequested', { ...about, experimentId });
export const concluding = (experimentId = 'e1') =>
  newEvent('ExperimentConcludeRequested', { ...about, experimentId });
export const promoting = (named: string | null = null, experimentId = 'e1') =>
  newEvent('ExperimentPromoteRequested', { ...about, experimentId, arm: named });

export const reviewDue = (review: number, concludes = false, experimentId = 'e1') =>
  newEvent('ExperimentReviewDue', {
    experimentId,
    model: MODEL,
    review,
    concludes,
    reason: null,
    requestedBy: null,
    dueAt: 0,
  });

export const unreadable = (experimentId = 'e1') =>
  newEvent('ArmFailed', {
    servingId: 's',
    model: MODEL,
    version: 'v1.1.0',
    package: 'package-v1.1.0',
    instance: 'host-1',
    experimentId,
    arm: 'treatment',
    code: 'PACKAGE_INVALID',
    reason: 'it is torn',
  });

/** What an arm did: one request of each unit. */
export interface Counted {
  units: number;
  correct?: number;
  failures?: number;
  latencyMs?: number;
  attribute?: string;
  value?: string;
}

export function row(variant: string, counted: Counted): ArmRow {
  const { units, correct = 0, failures = 0, latencyMs = 4, attribute = '', value = '' } = counted;
  const answers = units - failures;
  const ones = (measure: string, y: number, yy: number, n: number) => ({
    measure,
    count: n,
    y,
    x: n,
    yy,
    xx: n,
    xy: y,
  });
  const sketch = sketchOf(Array.from({ length: answers }, (_, i) => latencyMs * (0.6 + (i % 10) / 10)));
  return {
    attribute,
    value,
    variant,
    version: variant,
    units,
    predictions: units,
    failures,
    outcomes: answers,
    measures: [
      ones('errorRate', failures, failures, units),
      ones('latency', answers * latencyMs, answers * latencyMs * latencyMs * 1.1, answers),
      ones('accuracy', correct, correct, answers),
    ],
    latencyBuckets: sketch.buckets,
    latencyCounts: sketch.counts,
    confusion: [],
  };
}

/** The numbers of an analysis. */
export const measured = (review: number, rows: readonly ArmRow[], experimentId = 'e1') =>
  newEvent('MeasurementCompleted', {
    measurementId: measurementIdOf(experimentId, review),
    model: MODEL,
    query: 'experiments/arms',
    queryDigest: 'digest',
    parameters: { experimentId },
    ranges: [],
    rows: JSON.stringify(rows),
  });

export const unmeasured = (review: number) =>
  newEvent('MeasurementFailed', {
    measurementId: measurementIdOf('e1', review),
    model: MODEL,
    query: 'experiments/arms',
    code: 'WAREHOUSE_UNAVAILABLE',
    reason: 'it is down',
  });

const control = row('control', { units: 5_000, correct: 4_000 });
export const BETTER = [control, row('treatment', { units: 5_000, correct: 4_400 })];
export const WORSE = [control, row('treatment', { units: 5_000, correct: 3_900 })];
/** Too few units to say anything. */
export const EARLY = [
  row('control', { units: 60, correct: 40 }),
  row('treatment', { units: 60, correct: 50 }),
];
