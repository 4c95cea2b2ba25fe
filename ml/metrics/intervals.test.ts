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

test('a sample that counts several times, or not at all, counts as so many samples', () => {
  const labels = ['a', 'b', 'c'];
  const task = { name: 't', type: 'classification' as const, labels };
  const drawn = Array.from({ length: 90 }, () => {
    const shares = labels.map(() => random());
    const sum = shares.reduce((total, share) => total + share);
    return { shares: shares.map((share) => share / sum), target: labels[Math.floor(random() * 3)]! };
  });
  const numbersOf = (of: typeof drawn) =>
    weightedNumbers(
      task,
      { rows: of.length, columns: 3, values: Float64Array.from(of.flatMap(({ shares }) => shares)) },
      of.map(({ target }) => ({ instance: {}, target })),
    );
  const weights = Float64Array.from(drawn, () => Math.floor(random() * 3));
  const repeated = drawn.flatMap((one, row) => Array<typeof one>(weights[row]!).fill(one));
  const expected = numbersOf(repeated)(new Float64Array(repeated.length).fill(1));
  const weighted = numbersOf(drawn)(weights);
  expect(Object.keys(weighted)).toEqual(Object.keys(expected));
  expect(weighted.rocAucOvo).toBeGreaterThan(0);
  for (const [name, value] of Object.entries(expected)) expect(weighted[name], name).toBeCloseTo(value, 10);
});
