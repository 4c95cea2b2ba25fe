import { expect, test } from 'vitest';
import type { Column } from '../adapters/tabular.ts';
import type { InstanceSchema } from '../instance/schema.ts';
import type { Example, LearningProblem } from '../problem.ts';
import { directionsOf, rowWeights, withoutColumn } from './rows.ts';

const SCHEMA: InstanceSchema = {
  fields: { hour: { type: 'number' }, origin: { type: 'category' }, passengers: { type: 'number' } },
};
const COLUMNS: readonly Column[] = [
  { kind: 'number', field: 'hour' },
  { kind: 'category', field: 'origin', values: [] },
];
const LATE: LearningProblem = { name: 'flights', type: 'classification', labels: ['on time', 'late'] };
const MINUTES: LearningProblem = { name: 'flights', type: 'regression' };
const flight = (target: string, passengers: number | null): Example => ({
  instance: { hour: 1, origin: 'JFK', passengers },
  target,
});

test('the column that weighs rows is no input', () => {
  expect(Object.keys(withoutColumn(SCHEMA, 'passengers').fields)).toEqual(['hour', 'origin']);
  expect(withoutColumn(SCHEMA, 'none')).toBe(SCHEMA);
  for (const name of ['passenger', 'origin'])
    expect(() => withoutColumn(SCHEMA, name)).toThrow(`sampleWeight '${name}' is no column of numbers`);
});

test('a row counts by its class times its own weight', () => {
  const train = [flight('late', 2), flight('on time', 1), flight('on time', 0), flight('on time', 3)];
  const weights = (classWeights: 'none' | 'balanced', sampleWeight: string) =>
    rowWeights(LATE, SCHEMA, train, { classWeights, sampleWeight })(train);
  expect(weights('none', 'none')).toBeUndefined();
  expect([...weights('none', 'passengers')!]).toEqual([2, 1, 0, 3]);
  expect([...weights('balanced', 'none')!]).toEqual([2, 2 / 3, 2 / 3, 2 / 3]);
  expect([...weights('balanced', 'passengers')!]).toEqual([4, 2 / 3, 0, 2]);
  const missing = [flight('late', null)];
  const all = { classWeights: 'none' as const, sampleWeight: 'passengers' };
  expect(() => rowWeights(LATE, SCHEMA, missing, all)(missing)).toThrow(/a row has nothing in 'passengers'/);
  const balanced = { classWeights: 'balanced' as const, sampleWeight: 'none' };
  expect(() => rowWeights(MINUTES, SCHEMA, [], balanced)).toThrow(/classWeights are for classes/);
});

test('directions are of columns of numbers, and of one score', () => {
  expect(directionsOf(COLUMNS, LATE, [])).toBeUndefined();
  expect(directionsOf(COLUMNS, LATE, ['hour=decreasing'])).toEqual(Int8Array.of(-1, 0));
  expect(() => directionsOf(COLUMNS, MINUTES, ['hours=increasing'])).toThrow(/did you mean 'hour'/);
  expect(() => directionsOf(COLUMNS, MINUTES, ['origin=increasing'])).toThrow(/no column of numbers/);
  expect(() => directionsOf(COLUMNS, MINUTES, ['hour'])).toThrow(/takes column=increasing/);
  const three = { ...LATE, labels: ['a', 'b', 'c'] };
  expect(() => directionsOf(COLUMNS, three, ['hour=increasing'])).toThrow(/two labels, and there are 3/);
});
