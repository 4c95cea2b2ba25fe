import { expect, test } from 'vitest';
import { type DatasetSample, encodeDataset } from '../../ml/dataset/format.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { DOCUMENT_SCHEMA } from '../../test/harness/documents.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { appendFact } from '../../test/harness/facts.ts';
import { killedAfter } from '../../test/harness/killed.ts';
import { type ServicesUnderTest, startServices } from '../../test/harness/services.ts';
import { TOY_LABELS, toyDataset } from '../../test/harness/toy-dataset.ts';
import { service as evaluator } from '../evaluator/service.ts';
import { service as trainer } from '../trainer/service.ts';
import { declared, sealed } from './fixtures.ts';
import { service as tuner } from './service.ts';

const SIZES = { train: 150, validation: 60 };
const FILE = `
model: topics
objective_metric: macroF1
max_evals: 8
startup_trials: 3
base_config: { maxEpochs: 30, tolerance: 0, patience: 1000, minDf: 1 }
pruner: { kind: median, startup_trials: 2, warmup_steps: 3 }
space:
  c: { type: log_float, low: 0.0001, high: 10 }
  ngram: { type: categorical, choices: [1, 2] }
`;

async function prepare(services: ServicesUnderTest): Promise<void> {
  const toy = toyDataset(42, SIZES);
  const samples = (['train', 'validation'] as const).flatMap((split) =>
    toy[split].map(
      ({ title, abstract, label }, index): DatasetSample => ({
        ...{
          id: `${split}-${index}`,
          split,
          target: label,
          otherLabels: [],
          time: '2024-05-31',
          group: null,
        },
        instance: { title, abstract },
      }),
    ),
  );
  const task = { name: 'topics', type: 'classification' as const, labels: [...TOY_LABELS] };
  const { bytes, contentHash } = await encodeDataset({ task, schema: DOCUMENT_SCHEMA }, samples);
  const artifact = await services.artifacts.put(bytes);
  const { data } = sealed('d1', 'topics', TOY_LABELS);
  await services.publish(declared);
  await appendFact(services, newEvent('DatasetSealed', { ...data, ...SIZES, artifact, contentHash }));
}

const asked = (searchId: string) =>
  newEvent('SearchRequested', {
    ...{ searchId, file: FILE, datasetId: null, train: false, reason: 'why not', requestedBy: 'ada' },
  });

/** The facts of a search but its ids, in their order. */
async function courseOf(services: ServicesUnderTest, searchId: string) {
  const facts = await services.all(
    ...([
      'TrialStarted',
      'TrialReported',
      'TrialPruned',
      'TrialCompleted',
      'TrialFailed',
      'SearchCompleted',
    ] as const),
  );
  return facts
    .filter(({ data }) => data.searchId === searchId)
    .map(({ type, data: { searchId: _, ...data } }) => [
      type,
      'runId' in data ? { ...data, runId: null } : data,
    ]);
}

test('a search that is killed goes on, repeats no trial, and ends as one that was not', async () => {
  await using store = await startServices([]);
  await prepare(store);
  await store.publish(asked('killed'));
  await killedAfter('TrialCompleted', 3, store.home, 'tuner', 'trainer', 'evaluator');
  expect((await store.all('TrialCompleted')).length).toBeGreaterThanOrEqual(3);
  expect(await store.all('SearchCompleted')).toEqual([]);

  await using services = await startServices([tuner, trainer, evaluator], { home: store.home });
  await eventually(async () => (await services.all('SearchCompleted')).at(0));
  await services.publish(asked('whole'));
  await eventually(async () => (await services.all('SearchCompleted')).at(1));
  await services.host.settled();

  const [whole, killed] = [await courseOf(services, 'whole'), await courseOf(services, 'killed')];
  expect(whole.filter(([type]) => type === 'TrialStarted')).toHaveLength(8);
  expect(whole.at(-1)).toMatchObject([
    'SearchCompleted',
    { outcome: 'trials', failed: 0, best: expect.any(Number) },
  ]);
  // A pruned run may come an epoch further before it is cancelled: how far is the trainer's, what is decided is the tuner's.
  expect(killed).toEqual(whole);
  expect(whole.some(([type]) => type === 'TrialPruned')).toBe(true);
  const runs = (await services.all('TrainingStarted')).map(({ data }) => data.runId);
  expect(new Set(runs).size).toBe(runs.length);
  expect(await services.all('EvaluationCompleted', 'EvaluationFailed', 'VersionRegistered')).toEqual([]);
});
