import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../ml/adapters/adapter.ts';
import type { EpochReport, TrainedModel, TrainingData, TrainingJob } from '../../ml/engines/engine.ts';
import { assertSuitable, completeParameters, engineNamed } from '../../ml/engines.ts';
import type { Instance } from '../../ml/instance/schema.ts';
import { kindOf } from '../../ml/instance/schema.ts';
import { argmaxRows } from '../../ml/matrix.ts';
import { labelOutcomesOf, multilabelNumbers } from '../../ml/metrics/multilabel.ts';
import { regressionMetrics } from '../../ml/metrics/regression.ts';
import { type OpenPackage, openPackage } from '../../ml/package/open.ts';
import { buildPackage } from '../../ml/package/package.ts';
import { formatSums } from '../../ml/package/sums.ts';
import { classesOf, labelSetsOf, numbersOf } from '../../ml/problem.ts';
import { undisturbed } from '../harness/toy-package.ts';
import { ENGINE_CASES, ENGINE_VARIANTS, type EngineCase } from './engine-data.ts';

/** Few epochs are enough to be interrupted after each. */
const SHORT: Readonly<Record<string, number>> = { maxEpochs: 6, maxRounds: 6 };

/** What every engine keeps to, for each kind of task and instance that it takes. */
export function engineContract(name: string): void {
  const engine = engineNamed(name);
  const parameterNames = Object.keys(engine.parameters.shape);
  const short = Object.fromEntries(
    Object.entries(SHORT).filter(([parameter]) => parameterNames.includes(parameter)),
  );
  const isTaken = ({ task, schema }: EngineCase) =>
    engine.tasks.includes(task.type) && engine.instances.includes(kindOf(schema));

  const train = (data: TrainingData, change: Partial<TrainingJob> = {}): Promise<TrainedModel> =>
    engine.train({ ...data, ...undisturbed(), ...change });
  const pack = async (trained: TrainedModel, data: TrainingData) => {
    const { files } = await buildPackage(trained, data, {
      name: 'contract',
      engine: name,
      dataset: {
        id: 'd',
        sha256: 'c0ffee',
        description: 'Generated.',
        samples: { train: data.train.length, validation: data.validation.length },
      },
    });
    return files;
  };

  const cases = [...ENGINE_CASES.filter(isTaken), ...ENGINE_VARIANTS.filter(({ of }) => of?.engine === name)];
  describe.each(cases)(`${name}: $name`, (data) => {
    const given = data.of?.parameters ?? {};
    const complete = { ...data, parameters: completeParameters(name, given) };
    const interrupted = {
      ...data,
      parameters: completeParameters(name, { ...given, ...short, ...data.of?.short }),
    };

    test('learns', async () => {
      const { task, validation } = complete;
      const scores = await (await train(complete)).predict(validation.map(({ instance }) => instance));
      if (task.type === 'regression') {
        expect(regressionMetrics(scores.values, numbersOf(validation)).r2).toBeGreaterThan(0.5);
      } else if (task.type === 'multilabel') {
        const outcomes = labelOutcomesOf(scores, labelSetsOf(validation, task.labels));
        const weights = new Float64Array(validation.length).fill(1);
        expect(multilabelNumbers(outcomes, weights).microF1).toBeGreaterThan(0.75);
      } else {
        const actual = classesOf(validation, task.labels);
        const right = argmaxRows(scores).filter((label, row) => label === actual[row]);
        expect(right.length / actual.length).toBeGreaterThan(0.75);
      }
    });

    test('the same data, parameters and seed give the same package, byte for byte', async () => {
      expect(await pack(await train(interrupted), interrupted)).toEqual(
        await pack(await train(interrupted), interrupted),
      );
    });

    test('killed after any checkpoint, it resumes and ends with the same package', async () => {
      const { states, reported, epochs, trained } = await trainWithCheckpoints(interrupted);
      const whole = await pack(trained, interrupted);
      expect(states.length).toBeGreaterThan(1);
      for (const [at, state] of states.entries()) {
        const again = await trainWithCheckpoints(interrupted, state);
        expect(await pack(again.trained, interrupted)).toEqual(whole);
        expect(again.epochs).toEqual(epochs.slice(reported[at])); // each epoch is reported once
      }
    });

    if (engine.warmStart) {
      test('started from its own package it begins where that ended; killed, it resumes the same', async () => {
        const cold = await trainWithCheckpoints(complete);
        const files = await pack(cold.trained, complete);
        const start = { version: 'v1.0.0', package: 'sha256:c0ffee', files };
        const { states, epochs, trained } = await trainWithCheckpoints({ ...complete, start });
        expect(epochs[0]!.trainLoss).toBeLessThan(cold.epochs[0]!.trainLoss);
        expect(epochs.length).toBeLessThanOrEqual(cold.epochs.length);
        const again = await trainWithCheckpoints({ ...complete, start }, states[0]);
        expect(await pack(again.trained, { ...complete, start })).toEqual(
          await pack(trained, { ...complete, start }),
        );
        expect(
          new TextDecoder().decode((await pack(trained, { ...complete, start })).get('metadata.json')),
        ).toContain('"version": "v1.0.0"');
      });
    }

    test('cancelled, it ends at the next epoch', async () => {
      const controller = new AbortController();
      const epochs: number[] = [];
      const onEpoch = ({ epoch }: EpochReport) => {
        epochs.push(epoch);
        if (epoch === 2) controller.abort(new Error('cancelled'));
      };
      await expect(train(interrupted, { signal: controller.signal, onEpoch })).rejects.toThrow('cancelled');
      expect(epochs).toEqual([1, 2]);
    });

    test('the exported model gives what the trained one gives', async () => {
      const trained = await train(complete);
      const opened = openPackage(await pack(trained, complete));
      const instances = [...complete.validation.map(({ instance }) => instance), ...complete.unseen].map(
        (instance) => opened.clean(opened.validate(instance)),
      );
      const expected = await trained.predict(instances);
      const { values } = opened.scoresOf(await (await runner(opened))(opened.inputsOf(instances)));
      expect(values).toHaveLength(expected.values.length);
      for (const [at, value] of expected.values.entries()) {
        expect(Math.abs(values[at]! - value)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(value)));
      }
    });

    test('the package opens without its engine, and proves itself by its example pairs', async () => {
      const files = await pack(await train(interrupted), interrupted);
      const opened = openPackage(
        changed(files, 'metadata.json', (text) => text.replace(`"${name}"`, '"abacus"')),
      );
      expect(opened).toMatchObject({ task: data.task, schema: data.schema, trainedOn: 'c0ffee' });
      await opened.checkExamples(await runner(opened));
      const tampered = openPackage(changed(files, 'examples.json', withFirstScore));
      await expect(tampered.checkExamples(await runner(tampered))).rejects.toMatchObject({
        code: 'mismatched',
        file: 'examples.json',
        message: expect.stringMatching(/example 1: the model gives .+: it differs by \d/),
      });
    });
  });

  async function trainWithCheckpoints(data: TrainingData, start?: Uint8Array) {
    const states: Uint8Array[] = [];
    const epochs: EpochReport[] = [];
    /** how many epochs had been, at each save */
    const reported: number[] = [];
    const trained = await train(data, {
      checkpoint: {
        load: async () => start,
        async save(state) {
          states.push(state.slice());
          reported.push(epochs.length);
        },
        isDue: () => true,
      },
      onEpoch: (report) => void epochs.push(report),
    });
    return { states, reported, epochs, trained };
  }

  describe(`${name}: what it cannot learn from is refused`, () => {
    test.each(ENGINE_CASES.filter((given) => !isTaken(given)))('$name', ({ task, schema }) => {
      expect(() => assertSuitable(name, task, schema)).toThrow(
        expect.objectContaining({ code: 'unsuitable', message: expect.stringContaining(name) }),
      );
    });

    test('a parameter of another name, with the nearest one', () => {
      const longest = parameterNames.reduce((a, b) => (b.length > a.length ? b : a));
      const misspelt = longest.slice(0, -1);
      expect(() => completeParameters(name, { [misspelt]: 1 })).toThrow(
        expect.objectContaining({
          code: 'parameter',
          message: expect.stringContaining(`no parameter '${misspelt}', did you mean '${longest}'?`),
        }),
      );
    });

    test.each(parameterNames)('%s of a wrong type', (parameter) => {
      expect(() => completeParameters(name, { [parameter]: [[]] as never })).toThrow(
        expect.objectContaining({ code: 'parameter', message: expect.stringContaining(parameter) }),
      );
    });

    test.each(ENGINE_CASES.filter(isTaken))('$name without examples', async (given) => {
      const empty = { ...given, parameters: completeParameters(name, short), train: [] };
      await expect(train(empty)).rejects.toMatchObject({ name: 'InvalidInput', code: 'no-samples' });
    });
  });
}

/** Runs the graph of a package as an inference process does. */
async function runner({ onnx }: Pick<OpenPackage, 'onnx'>) {
  const session = await InferenceSession.create(onnx);
  return async (inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> => {
    const feeds = Object.entries(inputs).map(([input, { data, dims }]) => [
      input,
      data instanceof Float32Array
        ? new OrtTensor('float32', data, dims)
        : new OrtTensor('int64', data, dims),
    ]);
    const outputs = Object.entries(await session.run(Object.fromEntries(feeds)));
    return Object.fromEntries(
      outputs.map(([output, { data, dims }]) => [
        output,
        { dims, data: Float32Array.from(data as Float32Array) },
      ]),
    );
  };
}

/** A package with one file changed, resealed. */
function changed(files: ReadonlyMap<string, Uint8Array>, file: string, change: (text: string) => string) {
  const all = new Map(files);
  all.set(file, new TextEncoder().encode(change(new TextDecoder().decode(files.get(file)))));
  all.delete('SHA256SUMS');
  return all.set('SHA256SUMS', new TextEncoder().encode(formatSums(all)));
}

function withFirstScore(text: string): string {
  const pairs: { instance: Instance; scores: number[] }[] = JSON.parse(text);
  pairs[0]!.scores[0]! += 0.5;
  return JSON.stringify(pairs);
}
