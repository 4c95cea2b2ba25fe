import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { completeParameters } from '../engines.ts';
import type { Instance, InstanceSchema } from '../instance/schema.ts';
import { seededRandom } from '../random.ts';
import { augmented } from './augment.ts';
import { Interpolation } from './interpolation.ts';
import { numberColumns } from './rows.ts';

/** What imbalanced-learn makes of a table; see test/interop/augmentation/smote.py. */
const golden: Record<'majority' | 'minority' | 'neighbours' | 'made' | 'neighboursOfMixed', number[][]> &
  Record<'rows' | 'columns' | 'steps' | 'counts' | 'kinds', number[]> = JSON.parse(
  readFileSync(new URL('../../test/interop/augmentation/smote.json', import.meta.url), 'utf8'),
);

const NUMBERS: InstanceSchema = {
  fields: { a: { type: 'number' }, b: { type: 'number' }, c: { type: 'number' } },
};
const MIXED: InstanceSchema = { fields: { ...NUMBERS.fields, kind: { type: 'category' } } };
const all = [...golden.majority, ...golden.minority];
const rows: Instance[] = all.map(([a, b, c], at) => ({
  ...{ a: a!, b: b!, c: c! },
  kind: String(golden.kinds[at]),
}));
const minority = rows.slice(golden.majority.length);
const between = (schema: InstanceSchema) =>
  new Interpolation(schema, minority, numberColumns(schema, rows), 5, seededRandom(1));

test('neighbours of numbers are those of scikit-learn, with a category those of SMOTE-NC', () => {
  const places = [...minority.keys()];
  expect(places.map((row) => between(NUMBERS).neighboursOf(row))).toEqual(golden.neighbours);
  expect(places.map((row) => between(MIXED).neighboursOf(row))).toEqual(golden.neighboursOfMixed);
});

test('the rows of given draws are those of imbalanced-learn', () => {
  const made = golden.rows.map((row, at) => {
    const neighbours = golden.neighbours[row]!;
    const neighbour = neighbours[golden.columns[at]!]!;
    return between(NUMBERS).between(row, neighbour, golden.steps[at]!, neighbours);
  });
  for (const [at, { a, b, c }] of made.entries())
    for (const [column, value] of [a, b, c].entries())
      expect(value).toBeCloseTo(golden.made[at]![column]!, 9);
});

test('as many rows are made as imbalanced-learn makes', () => {
  const train = rows.map((instance, at) => ({
    instance,
    target: at < golden.majority.length ? 'many' : 'few',
  }));
  const parameters = completeParameters('trees', { augmentation: ['smote'] });
  const task = { name: 't', type: 'classification' as const, labels: ['few', 'many'] };
  const { train: more } = augmented({ task, schema: MIXED, train, parameters, seed: 1 });
  const counts = ['many', 'few'].map((label) => more.filter(({ target }) => target === label).length);
  expect(counts).toEqual(golden.counts);
});
