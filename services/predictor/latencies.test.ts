import { expect, test } from 'vitest';
import { Latencies } from './latencies.ts';

test('quantiles are of the latest latencies, by nearest rank', () => {
  const latencies = new Latencies(100);
  expect(latencies.quantile(0.95)).toBeUndefined();
  for (let ms = 1; ms <= 250; ms++) latencies.add(ms);
  expect(latencies.quantile(0.95)).toBe(245);
  expect(latencies.quantile(0)).toBe(151);
  expect(latencies.quantile(1)).toBe(250);
});
