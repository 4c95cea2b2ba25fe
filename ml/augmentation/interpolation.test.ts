import { expect, test } from 'vitest';
import type { Instance, InstanceSchema } from '../instance/schema.ts';
import { seededRandom } from '../random.ts';
import { Interpolation } from './interpolation.ts';
import { numberColumns } from './rows.ts';

const SCHEMA: InstanceSchema = {
  fields: { a: { type: 'number' }, b: { type: 'number' }, kind: { type: 'category' } },
};
const rows: Instance[] = [
  { a: 0, b: 0, kind: 'x' },
  { a: 1, b: 1, kind: 'x' },
  { a: 2, b: 2, kind: 'y' },
  { a: 9, b: 9, kind: 'y' },
  { a: 10, b: null, kind: 'y' },
];
const among = (neighbours: number) =>
  new Interpolation(SCHEMA, rows, numberColumns(SCHEMA, rows), neighbours, seededRandom(1));

test('neighbours are the nearest others, the nearest first', () => {
  expect(among(2).neighboursOf(0)).toEqual([1, 2]);
  expect(among(9).neighboursOf(3)).toHaveLength(4);
  expect(among(1).neighboursOf(4)).toEqual([3]); // without b it is at its mean
});

test('a row between two has a part of their difference in each number, and the value of most neighbours', () => {
  expect(among(3).between(0, 1, 0.25, [1, 2, 3])).toEqual({ a: 0.25, b: 0.25, kind: 'y' });
  expect(among(3).between(0, 1, 0.25, [1, 2])).toMatchObject({ kind: 'x' }); // as many: the nearest
  expect(among(3).between(3, 4, 0.5, [4])).toEqual({ a: 9.5, b: 9, kind: 'y' });
});

test('a single row has no neighbour', () => {
  const alone = new Interpolation(SCHEMA, rows.slice(0, 1), numberColumns(SCHEMA, rows), 5, seededRandom(1));
  expect(alone.drawn(0, seededRandom(1))).toBeUndefined();
});
