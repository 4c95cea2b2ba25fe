import { expect, test } from 'vitest';
import { difference, measure } from './format.ts';

test.each([
  ['rmse', 20_630.4, '20630'],
  ['rmse', 1_234_567, '1235000'],
  ['rmse', 20.634, '20.63'],
  ['mae', 0.00012345, '0.0001234'],
  ['accuracy', 0.8766, '87.7 %'],
])('%s of %d is written %s', (metric, value, text) => expect(measure(metric, value)).toBe(text));

test('a difference of large numbers has no exponent either', () => {
  expect(difference('rmse', -20_634)).toBe('-20600');
  expect(difference('rmse', 1_234)).toBe('+1230');
});
