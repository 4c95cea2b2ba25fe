import { expect, test } from 'vitest';
import { toyData, toyDataset } from '../../test/harness/toy-dataset.ts';
import type { LinearState } from '../linear/fit.ts';
import type { DenseMatrix } from '../matrix.ts';
import { type FitHead, trainEncoder } from './classifier.ts';
import { fitFrozen } from './halves.ts';
import { encoderParameters } from './parameters.ts';

const data = toyData(toyDataset(1, { train: 60, validation: 40 }), {});
const labels = data.task.type === 'classification' ? data.task.labels : [];

/** An embedding that says the label, but of so many of the first rows another one. */
function embeddings(examples: typeof data.train, wrong: number): DenseMatrix {
  const values = new Float32Array(examples.length * labels.length);
  for (const [row, { target }] of examples.entries()) {
    const label = labels.indexOf(String(target));
    values[row * labels.length + ((label + Number(row < wrong)) % labels.length)] = 1;
  }
  return { rows: examples.length, columns: labels.length, values };
}

/** Trains with validation embeddings of which a precision has spoilt so many. */
async function trained(wrong: number, validation = data.validation) {
  const exact = { train: embeddings(data.train, 0), validation: embeddings(validation, 0) };
  const fit: FitHead<LinearState> = function* (targets, linear) {
    const head = yield* fitFrozen(exact, targets, { ...linear, c: 1 }, 1, undefined);
    return { ...head, validation: embeddings(validation, wrong), exact: exact.validation };
  };
  const parameters = encoderParameters.parse({ exportPrecision: 'int8', blend: false });
  const training = trainEncoder({ ...data, validation, parameters }, fit);
  let step = await training.next();
  while (!step.done) step = await training.next();
  return step.value;
}

test('what a precision costs is measured on the validation split, and at most half a point is allowed', async () => {
  expect((await trained(0)).pointsLost).toBe(0);
  await expect(trained(1)).rejects.toMatchObject({
    name: 'InvalidInput',
    code: 'precision',
    message:
      'exportPrecision int8 costs 2.50 points of accuracy on the 40 validation samples (40 right answers before, 39 after), and 0.5 are allowed: train with exportPrecision fp16 or fp32',
  });
});

test('without a validation split it cannot be measured, and is refused', async () => {
  await expect(trained(0, [])).rejects.toMatchObject({
    code: 'precision',
    message: expect.stringContaining('needs a validation split'),
  });
});
