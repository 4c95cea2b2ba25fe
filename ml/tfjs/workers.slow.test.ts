import { expect, test } from 'vitest';
import { ENGINE_CASES, type EngineCase } from '../../test/contract/engine-data.ts';
import { undisturbed } from '../../test/harness/toy-package.ts';
import type { TrainingJob } from '../engines/engine.ts';
import { completeParameters, engineNamed } from '../engines.ts';

const SHORT = { maxEpochs: 2, batchSize: 32, minDf: 1 };

const trained = async (data: EngineCase, parameters: object, change: Partial<TrainingJob> = {}) =>
  engineNamed('tfjs').train({
    ...data,
    ...undisturbed(),
    ...change,
    parameters: completeParameters('tfjs', { ...SHORT, ...parameters }),
  });

const taken = ENGINE_CASES.filter(({ task }) => task.type !== 'regression').slice(0, 3);

test.each(taken)(
  'as many workers give the same bytes, one the same but for rounding; interrupted, it resumes the same: $name',
  async (data) => {
    const instances = data.validation.map(({ instance }) => instance);
    const states: Uint8Array[] = [];
    const checkpoint = {
      load: async () => undefined,
      save: async (state: Uint8Array) => void states.push(state),
      isDue: () => true,
    };
    const one = await (await trained(data, {})).predict(instances);
    const three = await trained(data, { workers: 3 }, { checkpoint });
    const again = await trained(data, { workers: 3 });
    const resumed = await trained(
      data,
      { workers: 3 },
      { checkpoint: { ...checkpoint, load: async () => states[0]! } },
    );
    expect(again.export().onnx).toEqual(three.export().onnx);
    expect(resumed.export().onnx).toEqual(three.export().onnx);
    const { values } = await three.predict(instances);
    for (const [at, value] of one.values.entries()) expect(values[at]).toBeCloseTo(value, 3);
  },
);

test('a TensorFlow that computes with all cores has no workers', async () => {
  await expect(trained(taken[0]!, { workers: 2, backend: 'node' })).rejects.toMatchObject({
    code: 'parameter',
    message: 'backend node computes with all cores by itself: use workers 1, or backend wasm',
  });
});
