import { expect, test } from 'vitest';
import { overall } from './summary.ts';

test.each([
  ['accuracy', 0.75],
  ['rmse', Math.sqrt((1 + 3 * 0.25) / 4)],
] as const)('%s over all months counts every record once', (metric, expected) => {
  const months = [
    { records: 100, value: metric === 'rmse' ? 1 : 0.6 },
    { records: 300, value: metric === 'rmse' ? 0.5 : 0.8 },
  ];
  expect(overall(months, metric, ({ value }) => value)).toBeCloseTo(expected);
});

test('without a month there is nothing to measure', () => expect(overall([], 'accuracy', () => 1)).toBe(0));
