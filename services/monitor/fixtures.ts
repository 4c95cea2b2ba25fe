import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { PredictionServed } from '../../schemas/events.generated.ts';
import { DIRECT } from '../../schemas/predictions/direct.ts';

export const MODEL = 'topics';

const numeric = (feature: string, edges: readonly number[], counts: readonly number[]) => ({
  feature,
  edges,
  categories: [],
  counts,
  missing: 0,
});

/** Texts of 100 or 200 words, half and half, a tenth or three tenths of them rare. */
export const sealed = newEvent('DatasetSealed', {
  datasetId: 'd1',
  model: MODEL,
  task: 'texts',
  ...{ split: 'auto', folds: 0, fold: 0, profile: null },
  ...{ minimumLabels: 1, labelTies: 'original', relabelled: 0 },
  problem: 'classification',
  taskVersion: '1',
  extends: null,
  artifact: 'sha256:0',
  contentHash: '0',
  seed: 1,
  labels: ['a', 'b'],
  train: 800,
  validation: 100,
  test: 400,
  balance: { a: 650, b: 650 },
  sources: [],
  reference: [
    numeric('textLength', [50, 150, 250], [200, 200]),
    numeric('rareWordShare', [0, 0.2, 0.4], [200, 200]),
  ],
});

/** Right on 360 of 400 samples; predicts both classes alike. */
export const evaluated = newEvent('EvaluationCompleted', {
  evaluationId: 'e1',
  model: MODEL,
  version: null,
  runId: 'r1',
  package: 'package-1',
  modelHash: 'hash-1',
  datasetId: 'd1',
  data: null,
  samples: 400,
  metrics: { accuracy: 0.9, macroF1: 0.9, logLoss: 0.3 },
  primaryMetric: 'accuracy',
  standardErrors: { accuracy: 0.015 },
  perClass: [],
  confusion: [],
  coverage: [],
  baseline: null,
  reference: [
    { feature: 'predicted_class', edges: [], categories: ['a', 'b'], counts: [200, 200], missing: 0 },
    numeric('confidence', [0, 0.75, 1], [200, 200]),
  ],
  seconds: 1,
  inTraining: null,
  trainingIncluded: false,
  unknownTarget: 0,
  unreadable: 0,
  firstFault: null,
  lower: {},
  upper: {},
  report: null,
  suites: [],
  operational: {},
});

const origin = { package: 'package-1', runId: 'r1', datasetId: 'd1', evaluationId: 'e1' };
const why = { reason: 'why', requestedBy: 'ada', policyVersion: 1 };

export const promoted = (version: string, previous: string | null = null): NewEvent<'VersionPromoted'> =>
  newEvent('VersionPromoted', { model: MODEL, version, previous, ...origin, ...why });

export const rolledBack = (
  version: string,
  from: string,
  requestedBy = why.requestedBy,
): NewEvent<'VersionRolledBack'> =>
  newEvent('VersionRolledBack', { model: MODEL, version, from, ...origin, ...why, requestedBy });

const serving = (instance: string, decision: number) => ({
  servingId: `${instance}/${decision}`,
  model: MODEL,
  instance,
  decisionId: `decision-${decision}`,
  decisionNumber: decision,
});

/** An instance serves what an event put into production. */
export const serves = (instance: string, decision = 2): NewEvent<'VersionServing'> =>
  newEvent('VersionServing', { ...serving(instance, decision), version: 'v1.0.0', package: 'package-1' });

/** An instance cannot. */
export const fails = (instance: string, decision = 2): NewEvent<'ServingFailed'> =>
  newEvent('ServingFailed', {
    ...serving(instance, decision),
    version: 'v1.0.0',
    package: 'package-1',
    served: 'v0.9.0',
    code: 'PACKAGE_INVALID',
    reason: 'it is torn',
  });

export const ended = (instance: string): NewEvent<'ServingEnded'> =>
  newEvent('ServingEnded', serving(instance, 4));

export const retired = newEvent('ModelRetired', { model: MODEL, version: 'v1.0.0', ...why });

/** The `index`-th prediction: like the reference, but for what is `given`. */
export function served(index: number, given: Partial<PredictionServed> = {}): NewEvent<'PredictionServed'> {
  const odd = index % 2 === 1;
  return newEvent('PredictionServed', {
    requestId: `q${index}`,
    instanceId: null,
    model: MODEL,
    version: 'v1.0.0',
    label: odd ? 'a' : 'b',
    value: null,
    confidence: odd ? 0.7 : 0.8,
    latencyMs: 1,
    scores: {},
    features: { textLength: odd ? 100 : 200, rareWordShare: odd ? 0.1 : 0.3 },
    ...DIRECT,
    route: 'predict',
    inputHash: null,
    input: null,
    instant: 1_000 + index,
    ...given,
  });
}

/** Likewise, of a text so long. */
export const ofLength = (
  index: number,
  textLength: number,
  given: Partial<PredictionServed> = {},
): NewEvent<'PredictionServed'> => {
  const { features } = served(index).data;
  return served(index, { features: { ...features, textLength }, ...given });
};

export const outcome = (index: number, label: string): NewEvent<'OutcomeReported'> =>
  newEvent('OutcomeReported', {
    requestId: `q${index}`,
    label,
    value: null,
    reportedAt: 5_000,
    source: 'ada',
  });

/** The outcome that says the `index`-th prediction was right. */
export const right = (index: number): NewEvent<'OutcomeReported'> =>
  outcome(index, served(index).data.label!);

export const times = <T>(count: number, event: (index: number) => T, first = 0): T[] =>
  Array.from({ length: count }, (_, i) => event(first + i));
