import { expect, test } from 'vitest';
import { regressionMetrics } from './regression.ts';

test('figures of a regression are those of scikit-learn', () => {
  // mean_squared_error, mean_absolute_error and r2_score of scikit-learn 1.7 on the example of its documentation
  const { samples, rmse, mae, r2 } = regressionMetrics([2.5, 0, 2, 8], [3, -0.5, 2, 7]);
  expect({ samples, mae }).toEqual({ samples: 4, mae: 0.5 });
  expect(rmse).toBeCloseTo(Math.sqrt(0.375), 12);
  expect(r2).toBeCloseTo(0.9486081370449679, 12);
});

test('of no samples, or of equal targets, they are finite', () => {
  const none = Object.values(regressionMetrics([], []));
  expect(none.every((value) => value === 0)).toBe(true);
  expect(regressionMetrics([1, 3], [2, 2])).toMatchObject({ samples: 2, rmse: 1, mae: 1, r2: 0 });
  expect(regressionMetrics([2, 2], [2, 2])).toMatchObject({ rmse: 0, r2: 1, explainedVariance: 1 });
});
