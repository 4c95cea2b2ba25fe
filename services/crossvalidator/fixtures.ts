import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { CrossValidationRequested } from '../../schemas/events.generated.ts';

export const MODEL = 'topics';
export const ID = 'cv';

export const declared = newEvent('ModelDeclared', {
  ...{ model: MODEL, task: 'topics', engine: 'linear', parameters: { minDf: 3 }, seed: 7 },
  ...{ file: '', version: '1', description: '', owner: '', intendedUse: '', limits: '', licence: '' },
  ...{ ethics: '', caveats: '', maintenance: '', requestedBy: 'ada' },
});

export const sealed = (datasetId = 'd1', task = 'topics'): NewEvent<'DatasetSealed'> =>
  newEvent('DatasetSealed', {
    ...{
      datasetId,
      task,
      model: MODEL,
      split: 'auto',
      folds: 0,
      fold: 0,
      profile: null,
      ...{ minimumLabels: 1, labelTies: 'original', relabelled: 0 },
      problem: 'classification',
      taskVersion: '1',
      extends: null,
    },
    ...{ artifact: 'sha256:d', contentHash: 'h', seed: 0, labels: ['a', 'b'] },
    ...{ train: 8, validation: 1, test: 1, balance: {}, sources: [], reference: [] },
  });

export const asked = (change: Partial<CrossValidationRequested> = {}): NewEvent<'CrossValidationRequested'> =>
  newEvent('CrossValidationRequested', {
    ...{ crossValidationId: ID, model: MODEL, datasetId: null, engine: null, seed: null, params: { c: 2 } },
    ...{ folds: 3, foldKind: 'stratified', column: null, reuse: true, requestedBy: 'ada' },
    ...change,
  });

const about = (fold: number) => ({ runId: `${ID}-f${fold}`, model: MODEL });

export const trained = (fold: number): NewEvent<'TrainingCompleted'> =>
  newEvent('TrainingCompleted', {
    ...{ ...about(fold), datasetId: 'd1', package: `sha256:p${fold}`, modelHash: 'h', metrics: {} },
    ...{ primaryMetric: 'accuracy', epochs: 3, bestEpoch: 2, stoppedEarly: false, seconds: 1 },
    ...{ searchId: ID, reproduces: null, augmented: {} },
  });

export const failed = (fold: number): NewEvent<'TrainingFailed'> =>
  newEvent('TrainingFailed', { ...about(fold), code: 'INPUT_INVALID', reason: 's1 has no seats' });

export const evaluated = (
  fold: number,
  metrics: Readonly<Record<string, number>>,
): NewEvent<'EvaluationCompleted'> =>
  newEvent('EvaluationCompleted', {
    ...{ evaluationId: `${ID}-f${fold}-test`, model: MODEL, version: null, runId: null, metrics },
    ...{ package: `sha256:p${fold}`, modelHash: null, datasetId: 'd1', data: null, samples: 10 },
    ...{ primaryMetric: 'accuracy', standardErrors: {}, perClass: [], confusion: [], coverage: [] },
    ...{
      reference: [],
      seconds: 1,
      inTraining: null,
      trainingIncluded: false,
      unknownTarget: 0,
      unreadable: 0,
      firstFault: null,
      lower: {},
      upper: {},
    },
    ...{ report: null, suites: [], operational: {}, baseline: null },
  });
