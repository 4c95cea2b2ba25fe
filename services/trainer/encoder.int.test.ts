import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { getBundle } from '../../kernel/bundle.ts';
import { encodeDataset } from '../../ml/dataset/format.ts';
import { openPackage } from '../../ml/package/open.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { DOCUMENT_SCHEMA, exampleOf } from '../../test/harness/documents.ts';
import { appendFact } from '../../test/harness/facts.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { startServices } from '../../test/harness/services.ts';
import { tinyEncoder } from '../../test/harness/tiny-encoder.ts';
import { TOY_LABELS, toyDataset } from '../../test/harness/toy-dataset.ts';
import { service } from './service.ts';
import { openGraph } from './tools.ts';

test('a pretrained encoder is read from the cache, frozen and tuned, and the packages prove themselves', async () => {
  await using cache = await temporaryFolder('encoder');
  await using services = await startServices([service], { environment: { EPOCHLOG_CACHE: cache.path } });
  const toy = toyDataset(42, { train: 60, validation: 30 });
  const samples = (['train', 'validation'] as const).flatMap((split) =>
    toy[split].map((document, index) => ({
      ...{ id: `${split}-${index}`, split, time: null, group: null, ...exampleOf(document), otherLabels: [] },
    })),
  );
  const header = { task: { name: 'toy', type: 'classification' as const, labels: [...TOY_LABELS] } };
  const { bytes, contentHash } = await encodeDataset({ ...header, schema: DOCUMENT_SCHEMA }, samples);
  await appendFact(
    services,
    newEvent('DatasetSealed', {
      ...{
        datasetId: 'd',
        model: 'toy',
        task: 'toy',
        ...{ split: 'auto', folds: 0, fold: 0, profile: null },
        ...{ minimumLabels: 1, labelTies: 'original', relabelled: 0 },
        problem: 'classification',
        taskVersion: '1',
        extends: null,
        contentHash,
        seed: 42,
      },
      ...{ labels: TOY_LABELS, train: 60, validation: 30, test: 0, balance: {}, sources: [], reference: [] },
      artifact: await services.artifacts.put(bytes),
    }),
  );
  const folder = join(cache.path, 'encoders', 'tiny');
  const { config, weights, tokenizer } = tinyEncoder();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), config);
  await writeFile(join(folder, 'model.safetensors'), weights);
  await writeFile(join(folder, 'tokenizer.json'), tokenizer);

  const request = {
    model: 'toy',
    datasetId: 'd',
    engine: 'encoder',
    seed: 42,
    searchId: null,
    reproduces: null,
    fold: null,
    fromVersion: null,
    seeds: {},
    checkpointEvery: null,
    keepBest: null,
    reuse: false,
  };
  await services.publish(
    newEvent('TrainingRequested', { ...request, runId: 'r', params: { weights: 'tiny' } }),
    newEvent('TrainingRequested', { ...request, runId: 'none', params: { weights: 'other' } }),
    newEvent('TrainingRequested', {
      ...{ ...request, runId: 'tuned' },
      params: { weights: 'tiny', tuneEpochs: 1, batchSize: 20, device: 'auto', maxEpochs: 2 },
    }),
  );
  const [failure] = await services.all('TrainingFailed');
  expect(failure?.data).toMatchObject({
    runId: 'none',
    code: 'INPUT_INVALID',
    reason: expect.stringContaining('`epochlog encoder fetch` on the machine of the trainer gets minilm'),
  });
  const completions = await services.all('TrainingCompleted');
  expect(completions.map(({ data }) => data.runId)).toEqual(['r', 'tuned']);
  for (const { data } of completions) {
    const opened = openPackage(await getBundle(services.artifacts, data.package));
    const graph = await openGraph(opened.onnx);
    await opened.checkExamples(async (inputs) => graph.run(inputs));
    await graph.close();
  }
  const epochs = (await services.all('EpochCompleted')).filter(({ data }) => data.runId === 'tuned');
  expect(epochs.map(({ data }) => data.epoch)).toEqual([1, 2, 3]); // of the linear model, and then its own
  expect(epochs.at(-1)!.data.device).toMatch(/^(cpu|cuda|webgpu)$/);
  const [key = ''] = await readdir(join(cache.path, 'embeddings'));
  expect(await readdir(join(cache.path, 'embeddings', key))).toHaveLength(1);
});
