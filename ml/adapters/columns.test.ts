import { expect, test } from 'vitest';
import type { InstanceSchema } from '../instance/schema.ts';
import { adapter, faultOfColumn, fittedColumns, type InputColumn } from './columns.ts';

const schema: InstanceSchema = {
  fields: {
    age: { type: 'number' },
    active: { type: 'boolean', required: true },
    plan: { type: 'category' },
    day: { type: 'date' },
    subject: { type: 'text' },
    body: { type: 'text' },
  },
};
const COLUMNS: InputColumn[] = [
  { kind: 'value', field: 'age' },
  { kind: 'value', field: 'active' },
  { kind: 'code', field: 'plan', codes: { free: 3, team: 7 }, unknown: -1, missing: 0 },
  { kind: 'oneHot', field: 'plan', values: ['free', 'team'] },
  { kind: 'date', field: 'day', part: 'month' },
];

test('a matrix, tensors of strings and tensors of texts are made of columns, missing and unknown values among them', () => {
  const fitted = fittedColumns([
    { name: 'X', type: 'double', rank: 2, columns: COLUMNS },
    { name: 'plan', type: 'string', rank: 2, columns: [{ kind: 'value', field: 'plan', missing: 'none' }] },
    {
      name: 'text',
      type: 'string',
      rank: 1,
      columns: [{ kind: 'text', fields: ['subject', 'body'], separator: ' / ' }],
    },
    { name: 'count', type: 'int64', rank: 2, columns: [{ kind: 'value', field: 'age', missing: -1 }] },
  ]);
  const opened = adapter.open(fitted.settings, fitted.data, schema);
  const first = { age: 2.5, active: true, plan: 'team', day: '2024-03-05', subject: 'a b', body: 'c' };
  const second = { age: null, active: false, plan: null, day: null, subject: '', body: '' };
  const third = { ...second, plan: 'other' };
  const { X, plan, text, count } = opened.inputsOf([first, second, third]);
  expect(X?.dims).toEqual([3, 6]);
  const none = Number.NaN;
  expect([...X!.data]).toEqual([2.5, 1, 7, 0, 1, 3, none, 0, 0, 0, 0, none, none, 0, -1, 0, 0, none]);
  expect(plan).toEqual({ dims: [3, 1], data: ['team', 'none', 'other'] });
  expect(text).toEqual({ dims: [3], data: ['a b / c', ' / ', ' / '] });
  expect(count).toEqual({ dims: [3, 1], data: BigInt64Array.of(2n, -1n, -1n) });
  expect(opened.monitoredOf(first)).toMatchObject({ textLength: 3, age: 2.5, active: 'true', plan: 'team' });
  expect(fitted.inputs[0]).toEqual({ name: 'X', type: 'double', shape: ['batch', 6] });
});

test.each([
  [{ kind: 'value', field: 'agee' }, 'float', /no column 'agee'; there are age/],
  [{ kind: 'value', field: 'plan' }, 'float', /plan is a category.*codes, or oneHot/],
  [{ kind: 'value', field: 'day' }, 'float', /day is a date.*part/],
  [{ kind: 'value', field: 'age' }, 'string', /age is a number, and the input takes strings/],
  [{ kind: 'value', field: 'age' }, 'int64', /age may be missing.*missing: NUMBER/],
  [{ kind: 'date', field: 'age', part: 'day' }, 'float', /age is a number: date is for a date/],
  [{ kind: 'text', fields: ['body'], separator: ' ' }, 'float', /body|text/],
] satisfies [InputColumn, 'float' | 'string' | 'int64', RegExp][])(
  '%j as %s is refused',
  (column, type, message) => {
    expect(faultOfColumn(column, type, schema.fields)).toMatch(message);
  },
);

test('a file that is not its own is refused', () => {
  const open = (data: string) =>
    adapter.open({ name: 'columns', file: 'inputs.json' }, new TextEncoder().encode(data), schema);
  expect(() => open('{"inputs": []}')).toThrow(/inputs\.json: not the inputs of a graph/);
  const stray = fittedColumns([
    { name: 'X', type: 'float', rank: 2, columns: [{ kind: 'value', field: 'gone' }] },
  ]);
  expect(() => open(new TextDecoder().decode(stray.data))).toThrow(/input "X": there is no column 'gone'/);
});
