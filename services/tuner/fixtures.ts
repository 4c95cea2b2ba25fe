import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { SearchRequested } from '../../schemas/events.generated.ts';

export const MODEL = 'topics';
export const SEARCH = 'topics-s1';

export const declared = newEvent('ModelDeclared', {
  ...{
    model: MODEL,
    task: 'topics',
    engine: 'linear',
    parameters: { minDf: 3 },
    seed: 7,
    file: '',
    version: '1',
  },
  ...{
    description: '',
    owner: '',
    intendedUse: '',
    limits: '',
    licence: '',
    ...{ ethics: '', caveats: '', maintenance: '' },
    requestedBy: 'ada',
  },
});

export const sealed = (datasetId = 'd1', task = 'topics', labels = ['a', 'b']): NewEvent<'DatasetSealed'> =>
  newEvent('DatasetSealed', {
    ...{
      datasetId,
      task,
      model: MODEL,
      ...{ split: 'auto', folds: 0, fold: 0, profile: null },
      ...{ minimumLabels: 1, labelTies: 'original', relabelled: 0 },
      problem: 'classification',
      taskVersion: '1',
      extends: null,
      artifact: 'sha256:d',
      contentHash: 'h',
    },
    ...{ seed: 0, labels, train: 8, validation: 1, test: 1, balance: {}, sources: [], reference: [] },
  });

export const FILE = `
model: ${MODEL}
objective_metric: macroF1
space:
  c: { type: log_float, low: 0.01, high: 10 }
  ngram: { type: categorical, choices: [1, 2] }
`;

export const asked = (more = '', change: Partial<SearchRequested> = {}): NewEvent<'SearchRequested'> =>
  newEvent('SearchRequested', {
    ...{
      searchId: SEARCH,
      file: FILE + more,
      datasetId: null,
      train: false,
      reason: 'why not',
      requestedBy: 'ada',
    },
    ...change,
  });

export const stopAsked = newEvent('SearchStopRequested', {
  searchId: SEARCH,
  reason: 'enough',
  requestedBy: 'ada',
});

const run = (trial: number, fold?: number) => ({
  runId: fold === undefined ? `${SEARCH}-${trial}` : `${SEARCH}-${trial}-${fold}`,
});

export const epoch = (trial: number, number: number, macroF1: number): NewEvent<'EpochCompleted'> =>
  newEvent('EpochCompleted', {
    ...run(trial),
    epoch: number,
    trainLoss: 1,
    validation: { macroF1 },
    seconds: 1,
    ...{ learningRate: null, gradientNorm: null, samplesPerSecond: null, cpuPercent: null },
    ...{ rssBytes: null, device: null, deviceBytes: null, energy: null },
  });

export const completed = (
  trial: number,
  metrics: Readonly<Record<string, number>>,
  fold?: number,
): NewEvent<'TrainingCompleted'> =>
  newEvent('TrainingCompleted', {
    ...{ ...run(trial, fold), model: MODEL, datasetId: 'd1', package: 'sha256:p', modelHash: 'h', metrics },
    ...{
      primaryMetric: 'accuracy',
      epochs: 3,
      bestEpoch: 2,
      stoppedEarly: false,
      seconds: 1,
      searchId: SEARCH,
      reproduces: null,
      augmented: {},
    },
  });

export const failed = (trial: number, fold?: number): NewEvent<'TrainingFailed'> =>
  newEvent('TrainingFailed', {
    ...run(trial, fold),
    model: MODEL,
    code: 'TRAINING_FAILED',
    reason: 'no memory',
  });

export const cancelled = (trial: number): NewEvent<'RunCancelled'> =>
  newEvent('RunCancelled', {
    ...run(trial),
    model: MODEL,
    requestId: 'q',
    reason: 'wrong',
    requestedBy: 'bob',
  });
