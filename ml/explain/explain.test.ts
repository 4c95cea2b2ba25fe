import { describe, expect, test } from 'vitest';
import { ENGINE_CASES, ENGINE_VARIANTS } from '../../test/contract/engine-data.ts';
import { undisturbed } from '../../test/harness/toy-package.ts';
import type { TrainingData } from '../engines/engine.ts';
import { assertSuitable, completeParameters, engineNamed } from '../engines.ts';
import type { Instance } from '../instance/schema.ts';
import { buildPackage } from '../package/package.ts';
import { validatePackage } from '../package/validate.ts';
import { labelsOf } from '../problem.ts';
import { explainFromOutside } from './black-box.ts';
import { explainerOf } from './explainer.ts';
import { explain } from './explanation.ts';
import { featureImportance, permutationImportance } from './importance.ts';

const DATASET = {
  id: 'd',
  sha256: 'c0ffee',
  description: 'Generated.',
  samples: { train: 1, validation: 1 },
};
const SHORT: Readonly<Record<string, Record<string, number>>> = { trees: { maxRounds: 8 }, linear: {} };

async function trainedOn(engine: string, data: Omit<TrainingData, 'parameters'>, parameters = {}) {
  const complete = { ...data, parameters: completeParameters(engine, { ...SHORT[engine], ...parameters }) };
  const trained = await engineNamed(engine).train({ ...complete, ...undisturbed() });
  const { files } = await buildPackage(trained, complete, { name: 'm', engine, dataset: DATASET });
  return { trained, pkg: validatePackage(files) };
}

const isSuitable = (engine: string, { task, schema }: (typeof ENGINE_CASES)[number]): boolean => {
  try {
    assertSuitable(engine, task, schema);
    return true;
  } catch {
    return false;
  }
};
const CASES = ['linear', 'trees'].flatMap((engine) => [
  ...ENGINE_CASES.filter((data) => isSuitable(engine, data)).map((data) => ({
    engine,
    data,
    parameters: {},
  })),
  ...ENGINE_VARIANTS.filter(({ of }) => of?.engine === engine).map((data) => ({
    ...{ engine, data, parameters: data.of!.parameters },
  })),
]);

describe.each(CASES)('$engine: $data.name', ({ engine, data, parameters }) => {
  test('contributions of features add up to what the model answers, also to what it never saw', async () => {
    const { trained, pkg } = await trainedOn(engine, data, parameters);
    const explainer = explainerOf(
      pkg,
      data.train.map(({ instance }) => instance),
    )!;
    const instances: Instance[] = [
      ...data.unseen,
      ...data.validation.slice(0, 10).map(({ instance }) => instance),
    ];
    const { columns, values } = await trained.predict(instances);
    for (const [row, instance] of instances.entries()) {
      const own = [...values.subarray(row * columns, (row + 1) * columns)];
      const sums = (labelsOf(data.task) ?? [undefined]).map((label) => {
        const { base, contributions, score } = explain(explainer, data.task, instance, label);
        const sum = contributions.reduce((total, { contribution }) => total + contribution, base);
        expect(sum).toBeCloseTo(score, 9);
        return score;
      });
      // the logit less the mean of the others is K / (K − 1) times the logit less the mean of all: softmax needs the latter
      const answered = {
        classification: () => softmax(sums.map((odds) => (odds * (columns - 1)) / columns)),
        multilabel: () => sums.map((odds) => 1 / (1 + Math.exp(-odds))),
        regression: () => sums,
      }[data.task.type]();
      for (const [column, value] of own.entries())
        expect(Math.abs(answered[column]! - value) / Math.max(1, Math.abs(value))).toBeLessThan(2e-4);
    }
  });
});

test('the outside view finds what matters too', async () => {
  const data = ENGINE_CASES.find(({ name }) => name === 'regression of tables')!;
  const { trained, pkg } = await trainedOn('trees', data);
  const box = { task: data.task, schema: data.schema, score: trained.predict.bind(trained) };
  const reference = data.train.map(({ instance }) => instance);
  const instance = { ...data.validation[0]!.instance, colour: 'red', weight: 9 };
  const sampled = await explainFromOutside(box, instance, reference);
  expect(sampled.method).toBe('sampled-shapley');
  const total = sampled.contributions.reduce((sum, { contribution }) => sum + contribution, sampled.base);
  expect(total).toBeCloseTo(sampled.score, 3);
  const inside = explain(explainerOf(pkg, reference)!, data.task, instance);
  expect(sampled.contributions[0]!.feature).toBe(inside.contributions[0]!.feature);

  const importance = await permutationImportance(box, data.validation);
  expect(['weight', 'colour']).toContain(importance[0]!.field);
  expect(importance[0]!.mean).toBeGreaterThan(3 * Math.abs(importance.at(-1)!.mean));
  const features = featureImportance(explainerOf(pkg, reference)!, data.task, data.validation);
  expect(features[0]!.feature).toBe(importance[0]!.field);
});

test('a text is explained by its words, of any engine', async () => {
  const data = ENGINE_CASES.find(({ name }) => name === 'classification of texts')!;
  const { trained } = await trainedOn('linear', data);
  const box = { task: data.task, schema: data.schema, score: trained.predict.bind(trained) };
  const { instance, target } = data.validation[0]!;
  const { method, label, contributions } = await explainFromOutside(box, instance, [], String(target));
  expect({ method, label }).toEqual({ method: 'occlusion', label: target });
  expect(contributions[0]!.contribution).toBeGreaterThan(0);
  await expect(explainFromOutside(box, instance, [], 'nothing')).rejects.toThrow(
    /no label 'nothing'; there are/,
  );
});

function softmax(logits: readonly number[]): number[] {
  const exponentials = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials.map((value) => value / total);
}
