import { describe, expect, test } from 'vitest';
import { ENGINE_CASES } from '../../test/contract/engine-data.ts';
import { finish, TOY_LABELS, toyData, toyDataset } from '../../test/harness/toy-dataset.ts';
import { undisturbed } from '../../test/harness/toy-package.ts';
import type { Parameters, StartVersion, TrainingData } from '../engines/engine.ts';
import { assertWarmStart, completeParameters, engineNamed } from '../engines.ts';
import { buildPackage } from '../package/package.ts';
import { predictLinear } from './model.ts';
import { linearParameters } from './parameters.ts';
import { startWeights } from './start.ts';
import { trainLinear } from './train.ts';

async function versionOf(
  data: Omit<TrainingData, 'parameters'>,
  given: Parameters = {},
): Promise<StartVersion> {
  const complete = { ...data, parameters: completeParameters('linear', given) };
  const trained = await engineNamed('linear').train({ ...complete, ...undisturbed() });
  const dataset = { id: 'd', sha256: 'c0ffee', description: '', samples: { train: 1, validation: 1 } };
  const { files } = await buildPackage(trained, complete, { name: 'm', engine: 'linear', dataset });
  return { version: 'v1.0.0', package: 'sha256:c0ffee', files };
}

const train = (data: Omit<TrainingData, 'parameters'>, given: Parameters = {}) =>
  finish(trainLinear({ ...data, parameters: linearParameters.parse(given) })).result;

describe('a training that starts from a version', () => {
  test.each(ENGINE_CASES)('has its scores, of the same data and of other data: $name', async (data) => {
    const start = await versionOf(data);
    const before = train(data);
    expect(startWeights(start, before)).toEqual(before.weights);
    const other = { ...data, train: data.train.slice(100), validation: [] };
    const now = train(other, { maxEpochs: 1 });
    const model = { ...now, temperature: before.temperature, weights: startWeights(start, now) };
    const known = data.validation
      .map(({ instance }) => instance)
      .filter((instance) => now.encoder.kind === 'table' && !Object.values(instance).includes(null));
    const expected = predictLinear(before, known);
    for (const [at, value] of predictLinear(model, known).values.entries())
      expect(value).toBeCloseTo(expected.values[at]!, 3);
  });

  test.each([{}, { loss: 'logistic' }, { hashing: 10 }, { fields: ['title', 'abstract=0.5'] }])(
    'of more texts ends where one without it ends, and begins nearer: %j',
    async (given) => {
      const [all, some] = [400, 300].map((size) => toyDataset(1, { train: size, validation: 60 }));
      const parameters = { maxEpochs: 300, ...given, tolerance: 0.001, minDf: 1 };
      const start = await versionOf(toyData({ ...some!, train: all!.train.slice(0, 300) }), parameters);
      const data = toyData({ train: all!.train, validation: [] });
      const cold = train(data, parameters);
      const warm = train({ ...data, start }, parameters);
      expect([cold.stopped, warm.stopped]).toEqual(['converged', 'converged']);
      expect(warm.epochs[0]!.trainLoss).toBeLessThan(0.8 * cold.epochs[0]!.trainLoss);
      // a constant added to the biases of all classes changes no probability of a logistic regression
      const [ours, theirs] = [warm, cold].map(({ weights }) => weights.slice(0, -3));
      for (const [at, weight] of theirs!.entries()) expect(ours![at]).toBeCloseTo(weight, 2);
    },
  );

  test('labels are known by name: those in another order keep their weights, a new one starts at 0', async () => {
    const data = toyData(toyDataset(1));
    const start = await versionOf(data);
    const labels = ['bees', ...TOY_LABELS.toReversed()];
    const once = { maxEpochs: 1, loss: 'logistic' };
    const task = { name: 'toy', type: 'classification', labels } as const;
    const { weights, encoder } = train({ ...data, start, task: { ...task, labels } }, once);
    const bias = (model: Float32Array) => [...model.slice(-labels.length)];
    expect(weights).toHaveLength((encoder.columns + 1) * 4);
    expect(bias(weights)).not.toEqual(bias(train({ ...data, task: { ...task, labels } }, once).weights));
  });

  test.each<[string, Partial<TrainingData>, Parameters, string]>([
    [
      'other labels',
      { task: { name: 'toy', type: 'classification', labels: ['x', 'y'] } },
      {},
      'no label in common',
    ],
    [
      'another task',
      { task: { name: 'mice', type: 'classification', labels: TOY_LABELS } },
      {},
      'it is of the task toy (classification), not mice',
    ],
    ['hashes', {}, { hashing: 10 }, 'it has a vocabulary, and this training hashing 10'],
    [
      'other fields',
      {},
      { fields: ['title'] },
      'its texts are title and abstract, and those of this training title',
    ],
  ])('%s: is refused with the reason', async (_, change, given, reason) => {
    const data = toyData(toyDataset(1));
    const start = await versionOf(data);
    const target = change.task?.type === 'classification' ? change.task.labels[0]! : undefined;
    const train1 = data.train.map((example) => (target === 'x' ? { ...example, target } : example));
    const validation = target === 'x' ? [] : data.validation;
    expect(() => train({ ...data, train: train1, validation, ...change, start }, given)).toThrow(
      expect.objectContaining({
        code: 'start',
        message: expect.stringContaining(`cannot start from v1.0.0: `),
      }),
    );
    expect(() => train({ ...data, train: train1, validation, ...change, start }, given)).toThrow(reason);
  });

  test('an engine that cannot do it says which can', () => {
    expect(() => assertWarmStart('encoder')).toThrow(
      'encoder trains from the beginning only; a training can start from a version with linear',
    );
  });
});
