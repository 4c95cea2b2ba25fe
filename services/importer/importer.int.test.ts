import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OnnxInference, startInference } from '../../infra/inference/inference.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { appendFact } from '../../test/harness/facts.ts';
import { sealed } from '../../test/harness/sealed.ts';
import { type ServicesUnderTest, startServices } from '../../test/harness/services.ts';
import { FIXTURE } from '../../test/interop/external-model.ts';
import { service } from './service.ts';

const by = { requestedBy: 'a client' };
const TASK = 'account-health';

let inference: OnnxInference;
let services: ServicesUnderTest;
beforeAll(async () => {
  inference = startInference({ logger: pino({ level: 'silent' }) });
  services = await startServices([service], { inference });
});
afterAll(async () => {
  await services.close();
  await inference.close();
});

/** A client logs a model and creates a version of it. */
async function createVersion(name: string, version: number, tags: { key: string; value: string }[] = []) {
  const { artifacts, publisher } = services;
  const modelId = `m-${Buffer.from(`${name}${version}`).toString('hex')}`;
  const created = { modelId, experimentId: '0', name, modelType: null, runId: null, params: [], tags: [] };
  await publisher.publish([newEvent('TrackedModelCreated', { ...created, ...by })]);
  for (const path of ['model.onnx', 'signature.yaml']) {
    const file = await readFile(join(FIXTURE, path));
    const stored = {
      root: `0/models/${modelId}`,
      path,
      digest: await artifacts.put(file),
      bytes: file.length,
    };
    await publisher.publish([newEvent('TrackedArtifactStored', { ...stored, ...by })]);
  }
  await publisher.publish([
    newEvent('RegisteredVersionCreated', {
      ...{ registeredModel: name, modelVersion: `${version}`, source: `models:/${modelId}`, modelId },
      ...{ runId: null, runLink: null, description: null, tags, ...by },
    }),
  ]);
}

const declare = (model: string) =>
  services.publisher.publish([
    newEvent('ModelDeclared', {
      ...{ model, version: '1', task: TASK, engine: 'external', parameters: {}, seed: 1, owner: '' },
      ...{ description: '', intendedUse: '', limits: '', licence: '', ethics: '', caveats: '' },
      ...{ maintenance: '', file: `model: ${model}`, ...by },
    }),
  ]);

const seal = (datasetId: string) => {
  const { data } = sealed(datasetId, ['at risk', 'critical', 'healthy'], '1');
  return appendFact(services, newEvent('DatasetSealed', { ...data, task: TASK }));
};

const importedOf = async (model: string) =>
  (await services.all('RegisteredVersionImported'))
    .filter(({ data }) => data.registeredModel === model)
    .map(({ data }) => `${data.modelVersion} ${data.datasetId}`);

const tagsOf = async (model: string) =>
  (await services.all('RegisteredVersionChanged'))
    .filter(({ data }) => data.registeredModel === model)
    .flatMap(({ data }) => data.tags.map(({ key, value }) => `${data.modelVersion} ${key} ${value}`));

test('versions that were created before their model was declared are imported when it is, each once', async () => {
  await createVersion('late', 1);
  await createVersion('late', 2);
  await services.publisher.publish([
    newEvent('RegisteredVersionChanged', {
      ...{ registeredModel: 'late', modelVersion: '1', lifecycleStage: 'deleted', stage: null },
      ...{ archivesOthers: false, description: null, tags: [], removedTags: [], ...by },
    }),
  ]);
  await createVersion('late', 3);
  await declare('late');
  const waiting = await eventually(async () => {
    const tags = await tagsOf('late');
    return tags.length === 2 ? tags : undefined;
  });
  expect(waiting).toEqual(
    ['2', '3'].map((version) =>
      expect.stringContaining(`${version} epochlog.waiting no dataset of the task`),
    ),
  );

  await seal('health-1'); // the model is declared, and its task has a dataset now
  await eventually(async () => (await importedOf('late')).length >= 2 || undefined);
  await declare('late'); // changed: nothing waits any more
  await createVersion('late', 4, [{ key: 'epochlog.dataset_id', value: 'health-2' }]);
  await createVersion('early', 1);
  await declare('early');
  await eventually(async () => (await importedOf('early')).length >= 1 || undefined);
  expect(await importedOf('late')).toEqual(['2 health-1', '3 health-1']);

  await seal('health-2'); // which version 4 names
  await eventually(async () => (await importedOf('late')).length >= 3 || undefined);
  expect(await importedOf('late')).toEqual(['2 health-1', '3 health-1', '4 health-2']);
  expect(await importedOf('early')).toEqual(['1 health-1']);
  expect(await services.all('RegisteredVersionRefused')).toEqual([]);
  expect((await services.all('RunReported')).map(({ data }) => data.runId)).toEqual([
    'late-mlflow-2',
    'late-mlflow-3',
    'early-mlflow-1',
    'late-mlflow-4',
  ]);
});
