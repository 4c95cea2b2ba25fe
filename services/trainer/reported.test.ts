import { describe, expect, test } from 'vitest';
import { openFolder } from '../../infra/artifacts/folder.ts';
import { putBundle } from '../../kernel/bundle.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import type { DatasetSealed, RunReported } from '../../schemas/events.generated.ts';
import { recorded } from '../../schemas/testing.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { toyPackage } from '../../test/harness/toy-package.ts';
import { factsOf } from './reported.ts';
import { Runs } from './runs.ts';

const dataset = (datasetId: string, task: string): DatasetSealed => ({
  ...{
    datasetId,
    task,
    model: '',
    ...{ split: 'auto', folds: 0, fold: 0, profile: null },
    ...{ minimumLabels: 1, labelTies: 'original', relabelled: 0 },
    problem: 'regression',
    taskVersion: '1',
    extends: null,
    artifact: '',
    contentHash: `of ${datasetId}`,
  },
  ...{ seed: 0, labels: [], train: 0, validation: 0, test: 0, balance: {}, sources: [], reference: [] },
});

/** Two models, each with a task and a dataset of its own. */
function runs(): Runs {
  const known = new Runs();
  for (const task of ['toys', 'tickets']) {
    const model = {
      model: `${task}-model`,
      task,
      engine: 'linear',
      parameters: {},
      seed: 1,
      file: '',
      version: '1',
    };
    const texts = {
      description: '',
      owner: '',
      intendedUse: '',
      limits: '',
      licence: '',
      ...{ ethics: '', caveats: '', maintenance: '' },
      requestedBy: '',
    };
    known.evolve(recorded(newEvent('ModelDeclared', { ...model, ...texts })));
    known.evolve(recorded(newEvent('DatasetSealed', dataset(`${task}-data`, task))));
  }
  return known;
}

const registered = (model: string, version: string, digest: string) =>
  newEvent('VersionRegistered', {
    ...{ model, version, package: digest, modelHash: '', runId: version, datasetId: 'toys-data' },
    ...{ evaluationId: '', metrics: {}, primaryMetric: 'accuracy', policyVersion: 1 },
  });

const report: RunReported = {
  ...{
    runId: 'r',
    model: 'toys-model',
    datasetId: 'toys-data',
    contentHash: null,
    package: null,
    failure: null,
    change: null,
  },
  ...{
    trainer: 'someone',
    trainedOn: '',
    libraries: {},
    params: {},
    metrics: {},
    reason: '',
    requestedBy: '',
  },
  ...{ startedAt: null, endedAt: null },
};

describe('a run that someone reports is refused', () => {
  test.each<[why: string, Partial<RunReported>, code: string, reason: RegExp]>([
    [
      'of a model that is not declared',
      { model: 'toy-model' },
      'NOT_FOUND',
      /no model toy-model; did you mean toys-model/,
    ],
    [
      'on a dataset that was never sealed',
      { datasetId: 'other' },
      'NOT_FOUND',
      /dataset other was never sealed/,
    ],
    [
      "on a dataset of another model's task",
      { datasetId: 'tickets-data' },
      'CONFLICT',
      /tickets-data is of the task tickets, but toys-model learns toys/,
    ],
    [
      'on a dataset with other content',
      { contentHash: 'of another' },
      'CONFLICT',
      /content hash of another, but that of toys-data is of toys-data/,
    ],
  ])('%s', async (_why, change, code, reason) => {
    await using folder = await temporaryFolder('reported');
    const artifacts = await openFolder(folder.path);
    const facts = await factsOf({ ...report, ...change }, 'request', runs(), { artifacts });
    expect(facts).toMatchObject([
      { type: 'RunRefused', data: { runId: 'r', code, reason: expect.stringMatching(reason) } },
    ]);
  });

  test('with a package of another task', async () => {
    await using folder = await temporaryFolder('reported');
    const artifacts = await openFolder(folder.path);
    const digest = await putBundle(artifacts, await toyPackage(1));
    const facts = await factsOf({ ...report, package: digest }, 'request', runs(), { artifacts });
    expect(facts).toMatchObject([
      {
        type: 'RunRefused',
        data: {
          code: 'CONFLICT',
          reason: expect.stringMatching(/is of the task .+, but toys-data is of toys/),
        },
      },
    ]);
  });

  test('with a package that is a version of its model already, unless that was deleted', async () => {
    await using folder = await temporaryFolder('reported');
    const artifacts = await openFolder(folder.path);
    const digest = await putBundle(artifacts, await toyPackage(1));
    const known = runs();
    known.evolve(recorded(registered('toys-model', 'v1.0.0', digest)));
    known.evolve(recorded(registered('toys-model', 'v1.1.0', digest)));
    const reasonOf = async (model: string) => {
      const [first] = await factsOf({ ...report, model, package: digest }, 'request', known, { artifacts });
      return first?.type === 'RunRefused' ? first.data.reason : first?.type;
    };
    expect(await reasonOf('toys-model')).toMatch(/^its package is that of v1\.1\.0 of toys-model/);
    const about = { model: 'toys-model', package: digest, archivedAt: 0, reason: '', policyVersion: 1 };
    known.evolve(recorded(newEvent('VersionExpired', { ...about, version: 'v1.1.0' })));
    expect(await reasonOf('toys-model')).not.toMatch(/its package is that of/);
  });
});
