import { expect, test } from 'vitest';
import type { InstanceSchema } from '../instance/schema.ts';
import { fitTable, log1p } from './table.ts';

const SCHEMA: InstanceSchema = { fields: { spend: { type: 'number' }, seats: { type: 'number' } } };
const ROWS = [0, Math.E - 1, Math.E ** 2 - 1, null].map((spend, at) => ({ spend, seats: at }));

test('a number that is logged is standardised by the mean and deviation of its logarithms; missing, it is an indicator', () => {
  const { encoder, features } = fitTable(SCHEMA, ROWS, { log1p: ['spend'], groupStatistics: [] });
  const [spend, seats] = encoder.numbers;
  expect(spend).toMatchObject({ isLogged: true, mean: 1, deviation: Math.fround(Math.sqrt(2 / 3)) });
  expect(seats).toMatchObject({ isLogged: false, mean: 1.5 });
  const rows = Array.from({ length: 4 }, (_, row) =>
    [...features.indices.subarray(features.offsets[row], features.offsets[row + 1])].map(
      (feature, at) => [feature, features.values[features.offsets[row]! + at]!] as const,
    ),
  );
  const scaled = Math.fround(1 / Math.fround(Math.sqrt(2 / 3)));
  expect(rows.map((row) => row[0]![0])).toEqual([0, 0, 0, 2]);
  expect(rows[0]![0]![1]).toBeCloseTo(-scaled, 6);
  expect(rows[1]![0]![1]).toBeCloseTo(0, 6);
  expect(rows[2]![0]![1]).toBeCloseTo(scaled, 6);
  expect(rows[3]![0]).toEqual([2, 1]);
});

test('the logarithm of a number below 0 is that of its size, below 0', () => {
  expect([0, 1, -1, 1e-9].map(log1p)).toEqual([0, Math.log1p(1), -Math.log1p(1), Math.log1p(1e-9)]);
});

test('a name that is no column of numbers is refused with the nearest', () => {
  expect(() => fitTable(SCHEMA, ROWS, { log1p: ['seat'], groupStatistics: [] })).toThrow(
    /log1p names 'seat', which is no column of numbers, did you mean 'seats'\?/,
  );
});
