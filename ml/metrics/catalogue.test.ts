import { expect, test } from 'vitest';
import { pairedDifference } from '../statistics/paired.ts';
import { gainOf, METRICS, metricNamed, PRIMARY_METRIC } from './catalogue.ts';
import { classificationMetrics } from './classification.ts';
import { regressionMetrics } from './regression.ts';

test('every metric that is measured is in the catalogue, and no other', () => {
  const probabilities = { rows: 1, columns: 2, values: Float64Array.of(0.4, 0.6) };
  const measured = {
    classification: classificationMetrics(probabilities, Int32Array.of(1), ['a', 'b']),
    regression: regressionMetrics([1], [1]),
  };
  for (const type of ['classification', 'regression'] as const) {
    const { samples: _, ...metrics } = measured[type];
    const numbers = Object.entries(metrics).flatMap(([name, value]) =>
      typeof value === 'number' ? [name] : [],
    );
    const known = Object.entries(METRICS).flatMap(([name, { appliesTo }]) =>
      appliesTo === type ? [name] : [],
    );
    expect(known.sort()).toEqual(numbers.sort());
    expect(metricNamed(PRIMARY_METRIC[type]).appliesTo).toBe(type);
  }
});

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
