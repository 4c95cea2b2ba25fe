import { type NewEvent, newEvent } from '../../kernel/event.ts';

export const MODEL = 'papers';

export const requested = newEvent('TrainingPlanRequested', {
  model: MODEL,
  reason: 'why not',
  requestedBy: 'ada',
  engine: null,
  params: { c: 1 },
  seed: null,
  create: false,
});

export const planned = (
  number: number,
  given: {
    samples: number;
    samplesAtLast?: number;
    cause?: 'requested' | 'drift' | 'new_samples';
    reason?: string;
  },
): NewEvent<'TrainingPlanned'> =>
  newEvent('TrainingPlanned', {
    model: MODEL,
    planId: `papers-t${number}`,
    cause: 'requested',
    reason: 'why not',
    samplesAtLast: 0,
    datasetId: `papers-d${number}`,
    runId: `papers-r${number}`,
    engine: 'linear',
    params: {},
    seed: 42,
    ...given,
  });

export const datasetRequested = (number: number, of: string | null): NewEvent =>
  newEvent('DatasetRequested', {
    datasetId: `papers-d${number}`,
    model: MODEL,
    extends: of,
    seed: 42,
    trainFraction: 0.8,
    validationFraction: 0.1,
  });

export const sealed = (number: number): NewEvent<'DatasetSealed'> =>
  newEvent('DatasetSealed', {
    datasetId: `papers-d${number}`,
    model: MODEL,
    extends: null,
    artifact: 'sha256:0',
    contentHash: '0',
    seed: 42,
    labels: ['a', 'b'],
    train: 80,
    validation: 10,
    test: 10,
    balance: { a: 50, b: 50 },
    sources: [],
    reference: [],
  });

const failure = { model: MODEL, code: 'DATASET_TOO_SMALL', reason: 'it broke' };

export const datasetRefused = (number: number): NewEvent<'DatasetRefused'> =>
  newEvent('DatasetRefused', { ...failure, datasetId: `papers-d${number}` });

export const trainingFailed = (number: number): NewEvent<'TrainingFailed'> =>
  newEvent('TrainingFailed', { ...failure, runId: `papers-r${number}` });

export const evaluationFailed = (number: number): NewEvent<'EvaluationFailed'> =>
  newEvent('EvaluationFailed', { ...failure, evaluationId: 'e', runId: `papers-r${number}` });

export const promoted = (number: number): NewEvent<'VersionPromoted'> =>
  newEvent('VersionPromoted', {
    model: MODEL,
    version: `v1.${number - 1}.0`,
    previous: null,
    package: 'package',
    runId: `papers-r${number}`,
    datasetId: `papers-d${number}`,
    evaluationId: 'e',
    reason: 'it is better',
    requestedBy: 'registrar',
  });

export const retired = newEvent('ModelRetired', {
  model: MODEL,
  version: 'v1.0.0',
  reason: 'unused',
  requestedBy: 'ada',
});

export const promotionRefused = (number: number): NewEvent<'PromotionRefused'> =>
  newEvent('PromotionRefused', {
    model: MODEL,
    version: `v1.${number - 1}.0`,
    runId: `papers-r${number}`,
    code: 'NOT_BETTER',
    reason: 'it is not better',
    requestedBy: 'registrar',
  });

export const concluded = (
  number: number,
  outcome: 'promoted' | 'refused' | 'failed',
  version: string | null,
  reason: string,
): NewEvent<'TrainingPlanConcluded'> =>
  newEvent('TrainingPlanConcluded', {
    model: MODEL,
    planId: `papers-t${number}`,
    outcome,
    version,
    reason,
  });

export const alert = (version = 'v1.0.0'): NewEvent<'AlertRaised'> =>
  newEvent('AlertRaised', {
    monitorId: 'papers/drift',
    alertId: 'papers/drift/1',
    model: MODEL,
    version,
    cause: 'drift',
    reason: 'it drifts',
  });

export const alertResolved = newEvent('AlertResolved', {
  monitorId: 'papers/drift',
  alertId: 'papers/drift/1',
  model: MODEL,
  reason: 'it is back',
});

const paper = {
  title: '',
  abstract: '',
  label: 'a',
  categories: ['a'],
  published: '2024-01-01',
  words: 9,
  replaces: false,
};

export const accepted = (index: number): NewEvent<'SampleAccepted'> =>
  newEvent('SampleAccepted', { arxivId: `p${index}`, ...paper });

export const rejected = (index: number): NewEvent<'SampleRejected'> =>
  newEvent('SampleRejected', { arxivId: `p${index}`, reason: 'too_short', detail: '', replaces: false });

export const collectionStarted = (id: string): NewEvent =>
  newEvent('CollectionStarted', { collectionId: id, source: 'sha256:0' });

export const page = (id: string, papers: number): NewEvent =>
  newEvent('PageCollected', { collectionId: id, page: 1, papers, rejected: 0 });

export const collectionCompleted = (id: string, papers: number): NewEvent<'CollectionCompleted'> =>
  newEvent('CollectionCompleted', {
    collectionId: id,
    papers,
    rejected: 0,
    firstPublished: null,
    lastPublished: null,
    rejections: {},
    unrecorded: 0,
  });

export const times = <T>(count: number, event: (index: number) => T, first = 0): T[] =>
  Array.from({ length: count }, (_, i) => event(first + i));

/** A collection of papers that the curator has still to decide on. */
export const collected = (id: string, papers: number): NewEvent[] => [
  collectionStarted(id),
  page(id, papers),
  collectionCompleted(id, papers),
];
