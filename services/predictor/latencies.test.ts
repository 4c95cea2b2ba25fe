import { expect, test } from 'vitest';
import { Latencies } from './latencies.ts';

test('quantiles are of the latest latencies, by nearest rank', () => {
  const latencies = new Latencies(1_000, 100);
  expect(latencies.quantile(0.95, 0)).toBeUndefined();
  for (let ms = 1; ms <= 250; ms++) latencies.add(ms, 0);
  expect(latencies.quantile(0.95, 0)).toBe(245);
  expect(latencies.quantile(0, 0)).toBe(151);
  expect(latencies.quantile(1, 0)).toBe(250);
});

test('what is older than the window does not count, and few requests are no quantile', () => {
  const latencies = new Latencies(1_000);
  for (let i = 0; i < 50; i++) latencies.add(900, i);
  expect(latencies.quantile(0.95, 1_000, 20)).toBe(900);
  latencies.add(3, 1_040);
  expect(latencies.quantile(0.95, 1_040, 20)).toBeUndefined();
  expect(latencies.quantile(0.95, 1_100)).toBe(3);
  expect(latencies.quantile(0.95, 3_000)).toBeUndefined();
});
