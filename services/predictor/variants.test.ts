import { expect, test } from 'vitest';
import { EpochlogError } from '../../kernel/errors.ts';
import { DIRECT } from '../../schemas/predictions/direct.ts';
import type { Prediction } from './prediction.ts';
import type { ServedModel } from './served-model.ts';
import { type Asking, answerAll } from './variants.ts';

const asking: Asking[] = ['a', 'b'].map((requestId) => ({
  question: {
    requestId,
    instanceId: null,
    instant: 0,
    isReplayed: false,
    batch: 1,
    environment: 'production',
  },
  fields: { requestId },
  instance: { requestId },
  routingKey: requestId,
  unit: null,
  attributes: {},
}));
const traffic = (variant: string) => ({ ...DIRECT, variant, deploymentId: 'd', stage: 1 });

/** A version that answers with its own name, or fails. */
const version = (name: string, failure?: Error): ServedModel => ({
  model: 'm',
  version: name,
  package: 'p',
  bytes: 1,
  task: { name: 't', type: 'classification', labels: [name] },
  schema: { fields: {} },
  validate: () => ({}),
  async predict(instances) {
    if (failure) throw failure;
    const answer: Prediction = {
      label: name,
      value: null,
      labels: null,
      confidence: 1,
      scores: {},
      monitored: {},
    };
    return instances.map(() => answer);
  },
  probe: async () => {},
  retire: async () => {},
});

const answered = async (of: ServedModel, beside: ServedModel) => {
  const routings = [
    { traffic: traffic('candidate'), by: beside },
    { traffic: traffic('production'), by: undefined },
  ];
  const answers = await answerAll(asking, routings, of, performance.now());
  return answers.map(({ requestId, version, prediction: { label }, traffic }) => {
    const { variant, failedVersion, failureCode } = traffic;
    return { requestId, version, label, variant, failedVersion, failureCode };
  });
};
const fine = { failedVersion: null, failureCode: null };
const broken = new EpochlogError('INFERENCE_FAILED', 'it broke');

test('each instance is answered by its variant', async () =>
  expect(await answered(version('v1'), version('v2'))).toEqual([
    { requestId: 'a', version: 'v2', label: 'v2', variant: 'candidate', ...fine },
    { requestId: 'b', version: 'v1', label: 'v1', variant: 'production', ...fine },
  ]));

test('where the candidate fails the version in production answers, and the answer says who failed', async () =>
  expect(await answered(version('v1'), version('v2', broken))).toEqual([
    {
      requestId: 'a',
      version: 'v1',
      label: 'v1',
      variant: 'candidate',
      failedVersion: 'v2',
      failureCode: 'INFERENCE_FAILED',
    },
    { requestId: 'b', version: 'v1', label: 'v1', variant: 'production', ...fine },
  ]));

test('what fails in production fails, and a defect of the candidate is not hidden', async () => {
  await expect(answered(version('v1', broken), version('v2'))).rejects.toThrow('it broke');
  await expect(answered(version('v1'), version('v2', new TypeError('a defect')))).rejects.toThrow('a defect');
});
