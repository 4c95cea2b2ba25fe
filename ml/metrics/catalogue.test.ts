import { expect, test } from 'vitest';
import type { ProblemType } from '../problem.ts';
import { pairedDifference } from '../statistics/paired.ts';
import { gainOf, isPerfect, METRICS, metricNamed, PRIMARY_METRIC } from './catalogue.ts';
import { measure, numbersIn } from './measure.ts';

const NUMBERS = new Set(Object.keys(METRICS));

test.each([
  ['two classes', 2],
  ['three classes', 3],
])('every metric of %s is in the catalogue', (_, columns) => {
  const values = Float64Array.from({ length: columns * columns }, (_, at) =>
    at % (columns + 1) === 0 ? 0.8 : 0.1,
  );
  const labels = ['a', 'b', 'c'].slice(0, columns);
  const examples = labels.map((target) => ({ instance: {}, target }));
  const measured = measure(
    { name: 't', type: 'classification', labels },
    { rows: columns, columns, values },
    examples,
  );
  for (const name of Object.keys(numbersIn(measured))) NUMBERS.delete(metricOf('classification', name));
});

test('every metric of sets of labels is in the catalogue', () => {
  const scores = { rows: 2, columns: 2, values: Float64Array.of(0.9, 0.2, 0.3, 0.8) };
  const examples = ['a', 'b'].map((target) => ({ instance: {}, target }));
  const measured = measure({ name: 't', type: 'multilabel', labels: ['a', 'b'] }, scores, examples);
  for (const name of Object.keys(numbersIn(measured))) NUMBERS.delete(metricOf('multilabel', name));
});

test('every metric of numbers is in the catalogue, and it has no other', () => {
  const scores = { rows: 1, columns: 1, values: Float64Array.of(1) };
  const measured = measure({ name: 't', type: 'regression' }, scores, [{ instance: {}, target: 2 }]);
  for (const name of Object.keys(numbersIn(measured))) NUMBERS.delete(metricOf('regression', name));
  expect([...NUMBERS]).toEqual([]);
  for (const [type, name] of Object.entries(PRIMARY_METRIC))
    expect(metricNamed(name).appliesTo).toContain(type);
});

function metricOf(type: ProblemType, name: string): string {
  expect(metricNamed(name).appliesTo).toContain(type);
  return name;
}

test.each([
  ['accuracy', 0.8, 0.75, 0.05],
  ['logLoss', 0.5, 0.4, -0.1],
  ['rmse', 9, 10, 0.1],
  ['mae', 12, 10, -0.2],
  ['rmse', 1, 0, Number.NEGATIVE_INFINITY],
  ['rmse', 0, 0, 0],
])('%s %d gains on %d by %d', (name, value, other, gain) =>
  expect(gainOf(name, value, other)).toBeCloseTo(gain, 12),
);

test('an unknown metric is refused with the nearest name', () =>
  expect(() => metricNamed('acuracy')).toThrow(/no metric 'acuracy', did you mean 'accuracy'/));

test('losses are compared sample by sample', () => {
  // SciPy 1.17.1, d = a - b: stats.sem(d), stats.norm.cdf(d.mean() / stats.sem(d))
  const { mean, standardError, pValue } = pairedDifference([1, 2, 3, 4], [2, 4, 3, 5]);
  expect(mean).toBe(-1);
  expect(standardError).toBeCloseTo(0.408248290463863, 15);
  expect(pValue).toBeCloseTo(0.007152939217714824, 15);
});

test('losses that never differ decide nothing, and those that all differ alike decide it', () => {
  expect(pairedDifference([1, 2], [1, 2]).pValue).toBe(1);
  expect(pairedDifference([0, 1], [1, 2]).pValue).toBe(0);
  expect(() => pairedDifference([1], [1, 2])).toThrow(expect.objectContaining({ code: 'shape' }));
});

test('a value is perfect when nothing is wrong', () => {
  expect(isPerfect('accuracy', 1)).toBe(true);
  expect(isPerfect('accuracy', 0.999)).toBe(false);
  expect(isPerfect('rmse', 0)).toBe(true);
  expect(isPerfect('rmse', 1)).toBe(false);
  expect(isPerfect('custom.cost', 0)).toBe(false);
});
