import { expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { bootstrapIntervals } from './intervals.ts';
import { weightedNumbers } from './measure.ts';

const random = seededRandom(3);
const SAMPLES = 400;
const TASK = { name: 't', type: 'classification', labels: ['a', 'b'] } as const;
const rows = Array.from({ length: SAMPLES }, () => random());
const scores = { rows: SAMPLES, columns: 2, values: Float64Array.from(rows.flatMap((p) => [1 - p, p])) };
const examples = rows.map((p) => ({ instance: {}, target: random() < p ? 'b' : 'a' }));
const numbers = weightedNumbers({ ...TASK, labels: [...TASK.labels] }, scores, examples);

test('an interval of a share is about that of its standard error, and the same seed gives the same', async () => {
  const { accuracy = 0 } = numbers(new Float64Array(SAMPLES).fill(1));
  const { lower, upper } = await bootstrapIntervals(numbers, SAMPLES);
  const width = 1.96 * Math.sqrt((accuracy * (1 - accuracy)) / SAMPLES);
  expect(Math.abs(lower.accuracy! - (accuracy - width))).toBeLessThan(0.015);
  expect(Math.abs(upper.accuracy! - (accuracy + width))).toBeLessThan(0.015);
  expect(lower.rocAuc).toBeLessThan(numbers(new Float64Array(SAMPLES).fill(1)).rocAuc!);
  expect(await bootstrapIntervals(numbers, SAMPLES)).toEqual({ lower, upper });
});

test('a metric that most resamples lack has no interval, and no samples have none', async () => {
  const rare = (weights: Float64Array): Record<string, number> => (weights[0]! > 1 ? { rare: 1 } : {});
  expect(await bootstrapIntervals(rare, 50)).toEqual({ lower: {}, upper: {} });
  expect(await bootstrapIntervals(numbers, 0)).toEqual({ lower: {}, upper: {} });
});
