import { expect, test } from 'vitest';
import { TOY_LABELS, toyData, toyDataset } from '../../test/harness/toy-dataset.ts';
import { undisturbed } from '../../test/harness/toy-package.ts';
import type { TrainingData } from '../engines/engine.ts';
import { completeParameters, engineNamed } from '../engines.ts';
import { logLoss } from '../metrics/probabilistic.ts';
import { buildPackage } from '../package/package.ts';
import { classesOf } from '../problem.ts';
import { encoderCost } from './parameters.ts';

const toy = toyData(toyDataset(1, { train: 90, validation: 60 }), {});
/** A word that validation examples alone have. */
const data = {
  ...toy,
  validation: toy.validation.map((example) => ({
    ...example,
    instance: { ...example.instance, abstract: `${example.instance.abstract} zeppelin` },
  })),
};
const DESCRIPTION = {
  name: 'toy',
  engine: 'encoder',
  dataset: { id: 'toy', sha256: '', description: '', samples: { train: 90, validation: 60 } },
};
const trained = (parameters: object, change: Partial<TrainingData> = {}) =>
  engineNamed('encoder').train({
    ...{ ...data, ...change },
    ...undisturbed(),
    parameters: completeParameters('encoder', { ngram: 1, ...parameters }),
  });

test('fitted again on the validation split, with the blend that was chosen on it before', async () => {
  const [once, again] = [(await trained({})).export(), (await trained({ refit: true })).export()];
  const words = (file: Uint8Array) => new TextDecoder().decode(file);
  expect(words(once.adapter.data)).not.toContain('zeppelin');
  expect(words(again.adapter.data)).toContain('zeppelin');
  const { temperature, linearShare } = once.details;
  expect(again.details).toMatchObject({ temperature, linearShare });
  expect(again.onnx).not.toEqual(once.onnx);
  expect(again.description).toContain('fitted again on the validation split');
});

test('fewer texts than a thousand are fitted with a larger cost of an error, and those of both splits with that of both', async () => {
  expect([1, 100, 1_000, 9_000].map((texts) => encoderCost({ encoderC: 'auto' }, texts))).toEqual([
    2, 0.02, 0.002, 0.002,
  ]);
  expect(encoderCost({ encoderC: 0.5 }, 100)).toBe(0.5);
  const onnxOf = async (parameters: object) => (await trained({ blend: false, ...parameters })).export().onnx;
  const auto = await onnxOf({});
  expect(await onnxOf({ encoderC: 2 / 90 })).toEqual(auto);
  expect(await onnxOf({ encoderC: 2 / 91 })).not.toEqual(auto);
  const { description } = (await trained({ blend: false, refit: true })).export();
  expect(description).toContain('(C = 0.0133)'); // 2 divided by 150
});

test('a tuned encoder is not tuned again', async () => {
  await expect(trained({ refit: true, tuneEpochs: 1 })).rejects.toMatchObject({
    code: 'parameter',
    message: expect.stringContaining('leave that out, or use tuneEpochs 0'),
  });
  await expect(trained({ folds: 3, tuneEpochs: 1 })).rejects.toMatchObject({ code: 'parameter' });
});

test('by folds, the blend is chosen on scores of models that have not seen the example', async () => {
  const [byFolds, refitted] = [await trained({ folds: 3 }), await trained({ refit: true })];
  const [first, second] = [byFolds.export(), refitted.export()];
  expect(new TextDecoder().decode(first.adapter.data)).toContain('zeppelin');
  expect(first.details.temperature).not.toBe(second.details.temperature);
  expect(first.description).toContain('cross-validation of the training and the validation split, 3 folds');
  const labels = classesOf(data.validation, TOY_LABELS);
  const instances = data.validation.map(({ instance }) => instance);
  for (const model of [byFolds, refitted]) {
    const { unseenScores } = model;
    expect(unseenScores).toMatchObject({ rows: instances.length, columns: TOY_LABELS.length });
    const seen = await model.predict(instances);
    expect(logLoss(seen, labels)).toBeLessThan(logLoss(unseenScores!, labels)); // of what it was fitted to
  }
  const { files } = await buildPackage(
    byFolds,
    { ...data, parameters: completeParameters('encoder', {}) },
    DESCRIPTION,
  );
  const { metrics } = JSON.parse(new TextDecoder().decode(files.get('metadata.json')));
  expect(metrics.logLoss).toBeCloseTo(logLoss(byFolds.unseenScores!, labels), 10);
});

test('a label with fewer examples than there are folds is no obstacle', async () => {
  const rare = { ...data.train[0]!, target: 'boats' };
  const few = data.train.filter(({ target }) => target !== 'boats').concat(rare);
  const validation = data.validation.filter(({ target }) => target !== 'boats');
  const model = await trained({ folds: 3 }, { train: few, validation });
  expect(model.export().details.temperature).toBeGreaterThan(0);
});

test('folds would be seen through what augmentation made of their texts', async () => {
  await expect(trained({ folds: 3, augmentation: ['swap'] })).rejects.toMatchObject({
    code: 'parameter',
    message: expect.stringContaining('use refit, or leave out augmentation'),
  });
});

test('workers are of the CPU alone', async () => {
  await expect(trained({ workers: 2, tuneEpochs: 1, device: 'auto' })).rejects.toMatchObject({
    code: 'parameter',
    message: 'workers share the CPU: with device auto use workers 1, or device cpu',
  });
});
