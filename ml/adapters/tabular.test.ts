import { describe, expect, test } from 'vitest';
import type { Instance, InstanceSchema } from '../instance/schema.ts';
import { adapter, fitColumns, fittedTabular } from './tabular.ts';

const SCHEMA: InstanceSchema = {
  fields: {
    carrier: { type: 'category' },
    distance: { type: 'number' },
    night: { type: 'boolean' },
    scheduled: { type: 'date' },
  },
};
const instance = (carrier: string | null, change: Instance = {}): Instance => ({
  carrier,
  distance: 1_400,
  night: true,
  scheduled: '2013-07-01T17:05:00-05:00',
  ...change,
});

function opened(trained: readonly Instance[]) {
  const { settings, data } = fittedTabular(fitColumns(SCHEMA, trained));
  return adapter.open(settings, data, SCHEMA);
}
const rowsOf = (instances: readonly Instance[], trained = [instance('UA'), instance('AA')]) => {
  const { row } = opened(trained).inputsOf(instances);
  const [rows = 0, columns = 0] = row!.dims;
  return Array.from({ length: rows }, (_, at) =>
    Array.from(row!.data.slice(at * columns, (at + 1) * columns), Number),
  );
};

describe('a table', () => {
  test('has codes for categories, numbers, and the parts of a date as it is written', () => {
    const day = Date.UTC(2013, 6, 1) / 86_400_000;
    expect(rowsOf([instance('AA'), instance('UA', { night: false })])).toEqual([
      [2, 1_400, 1, day, 7, 1, 17],
      [3, 1_400, 0, day, 7, 1, 17],
    ]);
  });

  test('has a code for a missing category and one for those never seen, and NaN for missing numbers', () => {
    const empty = { distance: null, night: null, scheduled: null };
    const nothing = Array(6).fill(Number.NaN);
    expect(rowsOf([instance(null, empty), instance('ZZ', empty)])).toEqual([
      [0, ...nothing],
      [1, ...nothing],
    ]);
  });

  test('has no hour for a date without a time', () => {
    expect(rowsOf([instance('AA', { scheduled: '2024-02-29' })])[0]!.slice(3)).toEqual([
      Date.UTC(2024, 1, 29) / 86_400_000,
      2,
      4,
      Number.NaN,
    ]);
  });

  test('keeps the most frequent categories where there are more than fit', () => {
    const rare = Array.from({ length: 300 }, (_, at) => instance(`rare-${at}`));
    const [often, ...others] = rowsOf(
      [instance('often'), ...rare],
      [...rare, instance('often'), instance('often')],
    );
    expect(often![0]).toBeGreaterThanOrEqual(2);
    const codes = others.map(([code]) => code!);
    expect(Math.max(often![0]!, ...codes)).toBe(254);
    expect(codes.filter((code) => code === 1)).toHaveLength(300 - 252);
  });

  test('is monitored by the fields of the instance', () => {
    expect(opened([instance('UA')]).monitoredOf(instance('UA'))).toEqual({
      carrier: 'UA',
      distance: 1_400,
      night: 'true',
    });
  });

  test('has no texts', () => {
    const schema: InstanceSchema = { fields: { remark: { type: 'text' } } };
    expect(() => fitColumns(schema, [])).toThrow(/remark is a text/);
  });

  test.each([
    ['cut', '{"format": "epochlog-columns-1", "colu', /truncated/],
    ['of another format', '{"format": "other", "columns": []}', /not the columns/],
    [
      'of a field that is not there',
      '{"format": "epochlog-columns-1", "columns": [{"kind": "number", "field": "height"}]}',
      /"height" is no number of the instance/,
    ],
    [
      'of a field of another type',
      '{"format": "epochlog-columns-1", "columns": [{"kind": "number", "field": "carrier"}]}',
      /"carrier" is no number of the instance/,
    ],
  ])('whose columns are %s is refused', (_, text, message) => {
    const { settings } = fittedTabular([]);
    expect(() => adapter.open(settings, new TextEncoder().encode(text), SCHEMA)).toThrow(
      expect.objectContaining({
        code: 'malformed',
        file: 'columns.json',
        message: expect.stringMatching(message),
      }),
    );
  });
});
