import type { RecordedEvent } from '../../schemas/catalogue.ts';
import { LABEL_RULE } from '../../tasks/policies/labels.ts';
import { MODEL, type Scenario } from './scenario.ts';

const metrics = (accuracy: number) => ({
  accuracy,
  macroF1: accuracy - 0.01,
  logLoss: 0.5,
  calibrationError: 0.03,
  anyLabelAccuracy: accuracy + 0.05,
});

const measured = (accuracy: number) => ({
  samples: 10,
  metrics: metrics(accuracy),
  primaryMetric: 'accuracy',
  standardErrors: { accuracy: 0.15 },
  lower: {},
  upper: {},
  report: null,
  suites: [],
  perClass: [
    { label: 'cs.LG', precision: 0.8, recall: 0.7, f1: 0.746, support: 6 },
    { label: 'cs.AI', precision: 0.6, recall: 0.9, f1: 0.72, support: 4 },
  ],
  confusion: [
    [4, 2],
    [1, 3],
  ],
  coverage: [{ coverage: 0.5, accuracy: 0.9 }],
});

interface Training {
  number: number;
  cause: 'requested' | 'drift';
  because: RecordedEvent | undefined;
}

export function beginTraining(scenario: Scenario, { number, cause, because }: Training) {
  const ids = { model: MODEL, datasetId: `dataset-${number}`, runId: `run-${number}` };
  const { model, datasetId, runId } = ids;
  const settings = { engine: 'linear', params: { c: 0.5 }, seed: 42 };
  const triggered = scenario.record(
    'TrainingPlanned',
    {
      ...ids,
      planId: `plan-${number}`,
      cause,
      reason: `${cause} it was`,
      samples: 2 * number,
      samplesAtLast: 2 * number - 2,
      ...settings,
      policyVersion: 1,
      promote: true,
      fromVersion: null,
      seeds: {},
      checkpointEvery: null,
      keepBest: null,
      reuse: false,
      change: null,
    },
    because,
  );
  const wanted = scenario.record(
    'DatasetRequested',
    {
      reuse: false,
      datasetId,
      model,
      task: 'arxiv',
      extends: null,
      seed: 42,
      trainFraction: 0.8,
      validationFraction: 0.1,
      minimumPerClass: 2,
      ...LABEL_RULE,
      ...{ split: 'auto', folds: 0, fold: 0 },
      requestedBy: 'planner',
    },
    triggered,
  );
  const sealed = scenario.record(
    'DatasetSealed',
    {
      datasetId,
      model,
      task: 'arxiv',
      ...{ split: 'auto', folds: 0, fold: 0, profile: null },
      ...{ minimumLabels: 1, labelTies: 'original', relabelled: 0 },
      problem: 'classification',
      taskVersion: '1',
      extends: null,
      artifact: 'sha256:d',
      contentHash: 'hash',
      seed: 42,
      labels: ['cs.AI', 'cs.LG'],
      train: 80,
      validation: 10,
      test: 10,
      balance: { 'cs.AI': 40, 'cs.LG': 60 },
      sources: [{ topic: 'epochlog.samples', partition: 0, from: 0, to: 4 }],
      reference: [],
    },
    wanted,
  );
  const asked = scenario.record(
    'TrainingRequested',
    {
      runId,
      model,
      datasetId,
      ...settings,
      searchId: null,
      reproduces: null,
      fold: null,
      fromVersion: null,
      seeds: {},
      checkpointEvery: null,
      keepBest: null,
      reuse: false,
    },
    sealed,
  );
  const started = scenario.record(
    'TrainingStarted',
    {
      runId,
      model,
      datasetId,
      ...settings,
      params: { c: 0.5, epochs: 2, solver: 'dual', classWeights: false, ngrams: [1, 2] },
      contentHash: 'hash',
      fromVersion: null,
      seeds: {},
      checkpointEvery: null,
      keepBest: null,
      fromPackage: null,
    },
    asked,
  );
  return { ...ids, started };
}

/** From the first epoch to the registered version. */
export function trainVersion(scenario: Scenario, training: Training, version: string, accuracy: number) {
  const { runId, model, datasetId, started } = beginTraining(scenario, training);
  for (const epoch of [1, 2]) {
    scenario.record(
      'EpochCompleted',
      {
        runId,
        epoch,
        trainLoss: 1 / epoch,
        validation: { logLoss: 1.1 / epoch, accuracy: 0.7, macroF1: 0.69 },
        seconds: 0.5,
        learningRate: 0.01 / epoch,
        gradientNorm: 2 / epoch,
        samplesPerSecond: 2_000,
        cpuPercent: 180,
        rssBytes: 2 ** 33,
        device: null,
        deviceBytes: null,
        energy: { watts: 40, wattHours: 0.0056, gramsPerKwh: 300, co2Grams: 0.0017 },
      },
      started,
    );
  }
  const made = { package: `sha256:p${training.number}`, modelHash: `m${training.number}` };
  const trained = scenario.record(
    'TrainingCompleted',
    {
      runId,
      model,
      datasetId,
      ...made,
      metrics: { logLoss: 0.55, accuracy: 0.7, macroF1: 0.69 },
      primaryMetric: 'accuracy',
      epochs: 2,
      bestEpoch: 2,
      stoppedEarly: false,
      seconds: 1.25,
      searchId: null,
      reproduces: null,
      augmented: {},
    },
    started,
  );
  const evaluationId = `${runId}/evaluation`;
  const asked = scenario.record(
    'EvaluationRequested',
    {
      evaluationId,
      model,
      version: null,
      runId,
      package: made.package,
      datasetId,
      data: null,
      dataName: null,
      baseline: null,
      includeTraining: false,
      examination: null,
      fold: null,
      reuse: false,
      requestedBy: 'evaluator',
    },
    trained,
  );
  const evaluated = scenario.record(
    'EvaluationCompleted',
    {
      evaluationId,
      model,
      version: null,
      runId,
      ...made,
      datasetId,
      data: null,
      ...measured(accuracy),
      baseline:
        training.number === 1
          ? null
          : {
              version: 'v1.0.0',
              package: 'sha256:p1',
              metrics: metrics(0.7),
              pairedRecent: [],
              paired: [{ metric: 'accuracy', mean: -0.05, standardError: 0.04, pValue: 0.1 }],
              operational: {},
            },
      reference: [],
      seconds: 0.25,
      inTraining: null,
      trainingIncluded: false,
      unknownTarget: 0,
      unreadable: 0,
      firstFault: null,
      operational: { sizeMb: 1, p95Ms: 1 },
    },
    asked,
  );
  scenario.record(
    'VersionRegistered',
    {
      model,
      version,
      runId,
      ...made,
      datasetId,
      evaluationId,
      metrics: metrics(accuracy),
      primaryMetric: 'accuracy',
      policyVersion: 1,
    },
    evaluated,
  );
  return { version, runId, package: made.package, datasetId, evaluationId, evaluated };
}
