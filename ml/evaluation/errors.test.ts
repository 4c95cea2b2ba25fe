import { describe, expect, test } from 'vitest';
import type { InstanceSchema } from '../instance/schema.ts';
import type { DenseMatrix } from '../matrix.ts';
import { seededRandom } from '../random.ts';
import { attributesOf, type KnownExample } from './attributes.ts';
import { errorsOf } from './errors.ts';
import { worstSlices } from './slices.ts';

const SCHEMA: InstanceSchema = {
  fields: { plan: { type: 'category' }, seats: { type: 'number' }, note: { type: 'text' } },
};
const LABELS = ['no', 'yes'];
const TASK = { name: 't', type: 'classification', labels: LABELS } as const;

/** Samples of which a model is wrong about one of ten, and of free plans with many seats about half. */
function answered(rows: number, badSlice: boolean): { samples: KnownExample[]; scores: DenseMatrix } {
  const random = seededRandom(4);
  const samples: KnownExample[] = [];
  const values = new Float64Array(2 * rows);
  for (let row = 0; row < rows; row++) {
    const plan = random() < 0.4 ? 'free' : 'paid';
    const seats = Math.floor(100 * random());
    const target = LABELS[Math.floor(2 * random())]!;
    const isBad = badSlice && plan === 'free' && seats >= 75;
    const isWrong = random() < (isBad ? 0.5 : 0.1);
    const column = isWrong ? 1 - LABELS.indexOf(target) : LABELS.indexOf(target);
    values.set(column === 0 ? [0.8, 0.2] : [0.2, 0.8], 2 * row);
    const note = Array(1 + Math.floor(10 * random()))
      .fill('word')
      .join(' ');
    samples.push({
      id: `s${row}`,
      time: `${2020 + (row % 3)}-05-01`,
      group: null,
      target,
      instance: { plan, seats, note },
    });
  }
  return { samples, scores: { rows, columns: 2, values } };
}

describe('where a model is wrong', () => {
  test('the slice of two attributes where it is worst is found', () => {
    const { samples, scores } = answered(1_500, true);
    const { slices, looked, errorsBy, confused, mistakes } = errorsOf(
      { ...TASK, labels: LABELS },
      SCHEMA,
      scores,
      samples,
    );
    const worst = Object.fromEntries(slices[0]!.where.map(({ attribute, value }) => [attribute, value]));
    expect(worst).toEqual({ plan: 'free', seats: expect.stringMatching(/^7\d to 99$/) });
    expect(slices[0]!.loss).toBeGreaterThan(0.35);
    expect(slices[0]!.pValue).toBeLessThan(0.001);
    expect(looked).toBeGreaterThan(30);
    const free = errorsBy.find(({ attribute, value }) => attribute === 'plan' && value === 'free')!;
    expect(free.samples).toBe(samples.filter(({ instance }) => instance.plan === 'free').length);
    const wrong = confused.reduce((sum, pair) => sum + pair.samples, 0);
    expect(wrong).toBe(
      free.loss * free.samples +
        errorsBy.find(({ value }) => value === 'paid')!.loss * (1_500 - free.samples),
    );
    expect(mistakes).toHaveLength(50);
    expect(mistakes[0]).toMatchObject({ confidence: 0.8, right: 0.2 });
  });

  test('where errors are chance, no slice is found in 19 of 20 models or more', () => {
    const random = seededRandom(9);
    const { samples } = answered(600, false);
    const attributes = attributesOf(SCHEMA, samples);
    const found = Array.from({ length: 60 }, () => {
      const losses = Float64Array.from(samples, () => Number(random() < 0.15));
      return worstSlices(attributes, losses).slices.length > 0;
    });
    expect(found.filter(Boolean).length).toBeLessThanOrEqual(6);
  });

  test('of numbers, the largest errors', () => {
    const samples = answered(40, false).samples.map((sample, row) => ({ ...sample, target: row }));
    const scores = {
      rows: 40,
      columns: 1,
      values: Float64Array.from(samples, (_, row) => (row === 7 ? 100 : row)),
    };
    const { mistakes, confused } = errorsOf({ name: 't', type: 'regression' }, SCHEMA, scores, samples);
    expect(mistakes[0]).toMatchObject({ id: 's7', target: 7, answer: 100, confidence: null });
    expect(confused).toEqual([]);
  });
});
