import { expect, test } from 'vitest';
import { toyData, toyDataset } from '../../test/harness/toy-dataset.ts';
import { undisturbed } from '../../test/harness/toy-package.ts';
import { completeParameters, engineNamed } from '../engines.ts';

const toy = toyData(toyDataset(1, { train: 90, validation: 60 }), {});
/** A word that validation examples alone have. */
const data = {
  ...toy,
  validation: toy.validation.map((example) => ({
    ...example,
    instance: { ...example.instance, abstract: `${example.instance.abstract} zeppelin` },
  })),
};
const trained = (parameters: object) =>
  engineNamed('encoder').train({
    ...data,
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

test('a tuned encoder is not tuned again', async () => {
  await expect(trained({ refit: true, tuneEpochs: 1 })).rejects.toMatchObject({
    code: 'parameter',
    message: expect.stringContaining('leave it out, or use tuneEpochs 0'),
  });
});

test('workers are of the CPU alone', async () => {
  await expect(trained({ workers: 2, tuneEpochs: 1, device: 'auto' })).rejects.toMatchObject({
    code: 'parameter',
    message: 'workers share the CPU: with device auto use workers 1, or device cpu',
  });
});
