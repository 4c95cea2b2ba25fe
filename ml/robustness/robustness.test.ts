import { describe, expect, test } from 'vitest';
import { ENGINE_CASES } from '../../test/contract/engine-data.ts';
import { undisturbed } from '../../test/harness/toy-package.ts';
import { completeParameters, engineNamed } from '../engines.ts';
import type { InstanceSchema } from '../instance/schema.ts';
import { cleanInstance } from '../instance/validate.ts';
import { seededRandom } from '../random.ts';
import { attack } from './adversarial.ts';
import { outOfDistribution } from './out-of-distribution.ts';
import { applies, PERTURBATIONS, perturbed } from './perturbations.ts';
import { robustnessOf, type Tried } from './robustness.ts';

const TEXT: InstanceSchema = { fields: { text: { type: 'text', required: true } } };
const NUMBER: InstanceSchema = { fields: { n: { type: 'number', minimum: 0 } } };
const WORDS = Array.from({ length: 200 }, (_, at) => `word${at}`);

function changedText(name: string): string[] {
  const instance = { text: WORDS.join(' ') };
  return String(perturbed(instance, PERTURBATIONS[name]!, TEXT, new Map(), seededRandom(1)).text).split(' ');
}

describe('perturbations', () => {
  test('change about a tenth of a text, half of it, or its order', () => {
    const misspelt = changedText('typos').filter((word, at) => word !== WORDS[at]).length;
    expect(misspelt).toBeGreaterThan(8);
    expect(misspelt).toBeLessThan(35);
    expect(changedText('tokenDropout').length).toBeGreaterThan(165);
    expect(changedText('tokenDropout').length).toBeLessThan(195);
    expect(changedText('truncation')).toEqual(WORDS.slice(0, 100));
    expect(changedText('shuffling').sort()).toEqual(WORDS.toSorted());
    expect(changedText('shuffling')).not.toEqual(WORDS);
    expect(changedText('latex').join(' ')).toMatch(/\\|\$/);
  });

  test('of numbers are noise within their range, and of what may be missing gaps', () => {
    const random = seededRandom(3);
    const noisy = Array.from({ length: 2_000 }, () =>
      Number(perturbed({ n: 50 }, PERTURBATIONS.gaussian!, NUMBER, new Map([['n', 20]]), random).n),
    );
    const mean = noisy.reduce((sum, value) => sum + value, 0) / noisy.length;
    const deviation = Math.sqrt(noisy.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noisy.length);
    expect(mean).toBeCloseTo(50, 0);
    expect(deviation).toBeGreaterThan(1.85);
    expect(deviation).toBeLessThan(2.15);
    const low = perturbed({ n: 0 }, PERTURBATIONS.gaussian!, NUMBER, new Map([['n', 20]]), () => 0.6);
    expect(low.n).toBe(0);
    expect(applies(PERTURBATIONS.missing!, TEXT)).toBe(false);
    expect(applies(PERTURBATIONS.missing!, NUMBER)).toBe(true);
    expect(applies(PERTURBATIONS.typos!, NUMBER)).toBe(false);
  });
});

async function texts(): Promise<{ tried: Tried; validation: (typeof ENGINE_CASES)[number]['validation'] }> {
  const data = ENGINE_CASES.find(({ name }) => name === 'classification of texts')!;
  const parameters = completeParameters('linear', {});
  const trained = await engineNamed('linear').train({ ...data, parameters, ...undisturbed() });
  const { task, schema, validation } = data;
  const score = trained.predict.bind(trained);
  return { tried: { task, schema, score, clean: (instance) => cleanInstance(schema, instance) }, validation };
}

test('a model is tried under each perturbation that its fields allow, the same each time', async () => {
  const { tried, validation } = await texts();
  const results = await robustnessOf(tried, validation.slice(0, 40), 3);
  expect(results.map(({ perturbation }) => perturbation)).toEqual([
    'typos',
    'tokenDropout',
    'truncation',
    'shuffling',
    'latex',
  ]);
  for (const { min, mean, max, whole, metric } of results) {
    expect(metric).toBe('accuracy');
    expect(min).toBeLessThanOrEqual(mean + 1e-12);
    expect(mean).toBeLessThanOrEqual(max + 1e-12);
    expect(max).toBeLessThanOrEqual(whole + 0.2);
  }
  expect(await robustnessOf(tried, validation.slice(0, 40), 3)).toEqual(results);
});

test('words are left out until a label flips', async () => {
  const { tried, validation } = await texts();
  const result = (await attack(tried, validation.slice(0, 15)))!;
  expect(result.attacked).toBeGreaterThan(8);
  expect(result.flipRate[1]).toBeLessThanOrEqual(result.flipRate[3]);
  expect(result.flipRate[3]).toBeLessThanOrEqual(result.flipRate[5]);
  for (const { target, flippedTo, removed } of result.examples) {
    expect(flippedTo).not.toBe(target);
    expect(removed.length).toBeLessThanOrEqual(5);
  }
});

test('unsure answers give away what is of another kind', () => {
  const inside = { rows: 3, columns: 2, values: Float64Array.of(0.9, 0.1, 0.2, 0.8, 0.6, 0.4) };
  const outside = { rows: 2, columns: 2, values: Float64Array.of(0.5, 0.5, 0.3, 0.7) };
  const { auroc, entropyAuroc, confidenceInside, confidenceOutside } = outOfDistribution(inside, outside);
  expect(auroc).toBeCloseTo(5 / 6, 12); // all pairs but (0.6, 0.7)
  expect(entropyAuroc).toBeCloseTo(5 / 6, 12);
  expect([confidenceInside, confidenceOutside]).toEqual([
    expect.closeTo(2.3 / 3, 12),
    expect.closeTo(0.6, 12),
  ]);
});
