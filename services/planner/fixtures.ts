import { PLAIN_ALERT, PLAIN_RESOLUTION } from '../../schemas/alerts/plain.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { PlanCause, PlanOutcome } from '../../schemas/vocabularies.ts';

export const MODEL = 'topics';
export const TASK = 'texts';

export const declared = newEvent('ModelDeclared', {
  model: MODEL,
  version: '0',
  task: TASK,
  engine: 'linear',
  parameters: {},
  seed: 42,
  owner: '',
  description: '',
  intendedUse: '',
  limits: '',
  licence: '',
  ...{ ethics: '', caveats: '', maintenance: '' },
  file: '',
  requestedBy: 'ada',
});

export const requested = newEvent('TrainingPlanRequested', {
  model: MODEL,
  reason: 'why not',
  requestedBy: 'ada',
  engine: null,
  params: { c: 1 },
  seed: null,
  promote: true,
  fromVersion: null,
  seeds: {},
  checkpointEvery: null,
  keepBest: null,
  reuse: false,
  change: null,
});

export const planned = (
  number: number,
  given: {
    samples: number;
    samplesAtLast?: number;
    cause?: PlanCause;
    reason?: string;
    policyVersion?: number;
    promote?: boolean;
    fromVersion?: string;
  },
): NewEvent<'TrainingPlanned'> =>
  newEvent('TrainingPlanned', {
    model: MODEL,
    planId: `topics-t${number}`,
    cause: 'requested',
    reason: 'why not',
    samplesAtLast: 0,
    fromVersion: null,
    seeds: {},
    checkpointEvery: null,
    keepBest: null,
    reuse: false,
    change: null,
    datasetId: `topics-d${number}`,
    runId: `topics-r${number}`,
    engine: 'linear',
    params: {},
    seed: 42,
    policyVersion: 0,
    promote: true,
    ...given,
  });

export const datasetRequested = (number: number, of: string | null): NewEvent =>
  newEvent('DatasetRequested', {
    reuse: false,
    datasetId: `topics-d${number}`,
    model: MODEL,
    task: TASK,
    extends: of,
    seed: 42,
    trainFraction: 0.8,
    validationFraction: 0.1,
    minimumPerClass: 10,
    ...{ split: 'auto', folds: 0, fold: 0, minimumLabels: 1, labelTies: 'original' },
    requestedBy: 'planner',
  });

export const sealed = (number: number): NewEvent<'DatasetSealed'> =>
  newEvent('DatasetSealed', {
    datasetId: `topics-d${number}`,
    model: MODEL,
    task: TASK,
    ...{ split: 'auto', folds: 0, fold: 0, profile: null },
    ...{ minimumLabels: 1, labelTies: 'original', relabelled: 0 },
    problem: 'classification',
    taskVersion: '1',
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
  newEvent('DatasetRefused', { ...failure, task: TASK, datasetId: `topics-d${number}` });

export const trainingFailed = (number: number): NewEvent<'TrainingFailed'> =>
  newEvent('TrainingFailed', { ...failure, runId: `topics-r${number}` });

export const runCancelled = (number: number): NewEvent<'RunCancelled'> =>
  newEvent('RunCancelled', {
    runId: `topics-r${number}`,
    model: MODEL,
    requestId: 'c',
    reason: 'it broke',
    requestedBy: 'ada',
  });

export const evaluationFailed = (number: number): NewEvent<'EvaluationFailed'> =>
  newEvent('EvaluationFailed', { ...failure, evaluationId: 'e', runId: `topics-r${number}` });

export const promoted = (number: number): NewEvent<'VersionPromoted'> =>
  newEvent('VersionPromoted', {
    model: MODEL,
    version: `v1.${number - 1}.0`,
    previous: null,
    package: 'package',
    runId: `topics-r${number}`,
    datasetId: `topics-d${number}`,
    evaluationId: 'e',
    reason: 'it is better',
    requestedBy: 'registrar',
    policyVersion: 0,
  });

export const retired = newEvent('ModelRetired', {
  model: MODEL,
  version: 'v1.0.0',
  reason: 'unused',
  requestedBy: 'ada',
  policyVersion: 0,
});

export const promotionRefused = (number: number): NewEvent<'PromotionRefused'> =>
  newEvent('PromotionRefused', {
    model: MODEL,
    version: `v1.${number - 1}.0`,
    runId: `topics-r${number}`,
    code: 'NOT_BETTER',
    reason: 'it is not better',
    requestedBy: 'registrar',
    policyVersion: 0,
  });

export const concluded = (
  number: number,
  outcome: PlanOutcome,
  version: string | null,
  reason: string,
): NewEvent<'TrainingPlanConcluded'> =>
  newEvent('TrainingPlanConcluded', {
    model: MODEL,
    planId: `topics-t${number}`,
    outcome,
    version,
    reason,
  });

export const alert = (version = 'v1.0.0', cause = 'drift'): NewEvent<'AlertRaised'> =>
  newEvent('AlertRaised', {
    monitorId: 'topics/drift',
    alertId: 'topics/drift/1',
    model: MODEL,
    version,
    cause,
    reason: 'it drifts',
    ...PLAIN_ALERT,
    policyVersion: 0,
  });

export const alertResolved = newEvent('AlertResolved', {
  monitorId: 'topics/drift',
  alertId: 'topics/drift/1',
  model: MODEL,
  reason: 'it is back',
  ...PLAIN_RESOLUTION,
  policyVersion: 0,
});

export const accepted = (index: number): NewEvent<'SampleAccepted'> =>
  newEvent('SampleAccepted', {
    task: TASK,
    recordId: `p${index}`,
    taskVersion: '1',
    instance: {},
    target: 'a',
    otherLabels: [],
    time: null,
    group: null,
    cleaning: [],
    replaces: false,
    revision: null,
    revisedAt: null,
  });

export const rejected = (index: number): NewEvent<'SampleRejected'> =>
  newEvent('SampleRejected', {
    task: TASK,
    recordId: `p${index}`,
    reason: 'too_short',
    detail: '',
    replaces: false,
    unlabelled: null,
    revision: null,
    revisedAt: null,
  });

export const collectionStarted = (id: string): NewEvent =>
  newEvent('CollectionStarted', { collectionId: id, task: TASK, source: 'sha256:0' });

export const page = (id: string, records: number): NewEvent =>
  newEvent('PageCollected', { collectionId: id, task: TASK, page: 1, records, rejected: 0, ...OF_A_FILE });

const OF_A_FILE = { answer: null, next: null, total: null, repeated: 0 };

export const collectionCompleted = (id: string, records: number): NewEvent<'CollectionCompleted'> =>
  newEvent('CollectionCompleted', {
    collectionId: id,
    task: TASK,
    records,
    rejected: 0,
    firstTime: null,
    lastTime: null,
    ...{ rejections: {}, unrecorded: 0, byTarget: {}, repeated: 0 },
  });

export const times = <T>(count: number, event: (index: number) => T, first = 0): T[] =>
  Array.from({ length: count }, (_, i) => event(first + i));

/** A collection of records that the curator has still to decide on. */
export const collected = (id: string, records: number): NewEvent[] => [
  collectionStarted(id),
  page(id, records),
  collectionCompleted(id, records),
];

/** The parameters of a search are adopted. */
export const adopted = (engine = 'linear'): NewEvent<'ParametersAdopted'> =>
  newEvent('ParametersAdopted', {
    ...{ searchId: 's1', model: MODEL, engine, trial: 3, params: { c: 4 } },
    ...{ metric: 'accuracy', value: 0.8, rival: 0.7, samples: 100, pValue: 0.01 },
    ...{ evaluationId: 's1-adoption', reason: 'it is better' },
  });
