import { expect, test } from 'vitest';
import { UNCERTAINTIES, uncertaintiesOf } from './uncertainty.ts';

const task = { name: 't', type: 'classification' as const, labels: ['a', 'b', 'c'] };
const matrix = (rows: readonly (readonly number[])[]) => ({
  rows: rows.length,
  columns: rows[0]!.length,
  values: Float64Array.from(rows.flat()),
});

test.each(UNCERTAINTIES)('%s is 0 for a certain answer and 1 for none', (measure) => {
  const [certain, none] = uncertaintiesOf(task, matrix([[1, 0, 0], [1 / 3, 1 / 3, 1 / 3]]), measure); // biome-ignore format: a matrix
  expect(certain).toBeCloseTo(0, 12);
  expect(none).toBeCloseTo(1, 12);
});

test('each measure orders by what it looks at', () => {
  // entropy as of scipy.stats.entropy(p, base=3)
  const rows = matrix([[0.5, 0.5, 0], [0.5, 0.25, 0.25], [0.8, 0.1, 0.1]]); // biome-ignore format: a matrix
  const of = (measure: (typeof UNCERTAINTIES)[number]) =>
    Array.from(uncertaintiesOf(task, rows, measure), (value) => Number(value.toFixed(4)));
  expect(of('entropy')).toEqual([0.6309, 0.9464, 0.5817]);
  expect(of('margin')).toEqual([1, 0.75, 0.3]);
  expect(of('confidence')).toEqual([0.75, 0.75, 0.3]);
});

test('of several labels the least sure one counts; a number has no certainty', () => {
  const several = { name: 't', type: 'multilabel' as const, labels: ['a', 'b', 'c'] };
  expect([...uncertaintiesOf(several, matrix([[0.9, 0.5, 0.1]]), 'margin')]).toEqual([1]);
  const regression = { name: 't', type: 'regression' as const };
  expect(() => uncertaintiesOf(regression, matrix([[1]]), 'margin')).toThrow(/answers with a number/);
});
