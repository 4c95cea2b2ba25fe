import { expect, test } from 'vitest';
import { adapter, fitColumns, fittedTabular } from '../adapters/tabular.ts';
import type { InstanceSchema } from '../instance/schema.ts';
import { fitGroupStatistics, statisticOf } from './group-statistics.ts';

const SCHEMA: InstanceSchema = {
  fields: { carrier: { type: 'category' }, seats: { type: 'number' }, hour: { type: 'number' } },
};
const row = (carrier: string | null, seats: number | null) => ({ carrier, seats, hour: 1 });
const TRAINED = [row('AA', 100), row('AA', 140), row('UA', 50), row('UA', null), row(null, 10)];

test('each value of a category has the statistics of its training rows; others have those of all', () => {
  const columns = fitColumns(SCHEMA, TRAINED, ['seats by carrier: mean, std, min', 'hour by carrier: max']);
  const { settings, data } = fittedTabular(columns);
  const { inputsOf, monitoredOf } = adapter.open(settings, data, SCHEMA); // as it is served
  const { row: rows } = inputsOf([row('AA', 1), row('UA', 2), row('ZZ', 3), row(null, 4)]);
  const [, width = 0] = rows!.dims;
  const added = Array.from({ length: 4 }, (_, at) =>
    Array.from(rows!.data.slice(at * width + 3, (at + 1) * width), Number),
  );
  expect(width).toBe(7);
  expect(added[0]).toEqual([120, Math.fround(Math.sqrt(800)), 100, 1]);
  expect(added[1]).toEqual([50, 0, 50, 1]);
  const all = [75, Math.fround(Math.sqrt((25 ** 2 + 65 ** 2 + 25 ** 2 + 65 ** 2) / 3)), 10, 1];
  expect(added[2]).toEqual(all);
  expect(added[3]).toEqual(all);
  expect(monitoredOf(row('AA', 1))).toEqual({ carrier: 'AA', seats: 1, hour: 1 }); // they follow from what is watched
});

test('without names all four statistics are taken, and nothing but the given rows decides them', () => {
  const fitted = fitGroupStatistics(['seats by carrier'], SCHEMA, TRAINED);
  expect(fitted.map(({ statistic }) => statistic)).toEqual(['mean', 'std', 'min', 'max']);
  const moved = TRAINED.map((one) => ({ ...one, hour: 99, late: true }));
  expect(fitGroupStatistics(['seats by carrier'], SCHEMA, moved)).toEqual(fitted);
});

test('the standard deviation is that of a sample', () => {
  expect(statisticOf([2, 4, 4, 4, 5, 5, 7, 9], 'std')).toBeCloseTo(2.138089935299395, 12); // numpy.std(…, ddof=1)
});

test.each([
  [
    'seats per carrier',
    /takes NUMBER by CATEGORY, such as "seats by carrier: mean, std", not 'seats per carrier'/,
  ],
  ['seat by carrier', /names 'seat', which is no column of type number, did you mean 'seats'\?/],
  ['seats by hour', /names 'hour', which is no column of type category/],
  ['seats by carrier: variance', /knows no 'variance': there is mean, std, min, max\./],
  ['seats by carrier: maen', /knows no 'maen': did you mean mean\?/],
])('%s is refused', (entry, message) => {
  expect(() => fitGroupStatistics([entry], SCHEMA, TRAINED)).toThrow(message);
});

test('a number that is missing in all training rows has no statistics', () => {
  expect(() => fitGroupStatistics(['seats by carrier'], SCHEMA, [row('AA', null)])).toThrow(
    /seats, which is missing in all training rows/,
  );
});
