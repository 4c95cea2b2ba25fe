import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { declaredTask } from '../../tasks/declared/declared.ts';
import { indexRows, readSlice, type Slice, surplusIn } from './slice.ts';

const task = declaredTask(
  'dated.yaml',
  'task: dated\nkind: tabular\ntime: published\ntarget: { column: y, type: number }\ncolumns: { i: number }\n',
);

const fileOf = (published: readonly string[]) => {
  const lines = published.map((date, i) => JSON.stringify({ published: date, i }));
  return { name: 'papers.jsonl.gz', bytes: gzipSync(lines.join('\n')) };
};

async function numbersIn(published: readonly string[], slice: Slice, passLength?: number): Promise<number[]> {
  const file = fileOf(published);
  const rows = await Array.fromAsync(readSlice(file, task, await indexRows(file, task), slice, passLength));
  for (const { number, fields } of rows) expect(fields().fields?.i).toBe(number - 1);
  return rows.map(({ number }) => number);
}

const all = { from: null, to: null };
const dates = ['2024-03-01', '2024-01-15', 'unknown', '2024-01-15', '2023-12-31', '2024-02-01'];

test('a file is read in the order of time, ties in the order of lines, undated lines first', async () => {
  expect(await numbersIn(dates, all)).toEqual([3, 5, 2, 4, 6, 1]);
});

test('a slice begins with `from` and ends before `to`', async () => {
  expect(await numbersIn(dates, { from: '2024-01-15', to: '2024-02-01' })).toEqual([2, 4]);
  expect(await numbersIn(dates, { from: '2024-02-01', to: null })).toEqual([6, 1]);
});

test('an undated line is in the slice without a beginning alone', async () => {
  expect(await numbersIn(dates, { from: null, to: '2024-01-01' })).toEqual([3, 5]);
  expect(await numbersIn(dates, { from: '0001-01-01', to: null })).not.toContain(3);
});

test('slices that follow one another hold every line once, in however many passes', async () => {
  const date = fc
    .date({ min: new Date('2020-01-01'), max: new Date('2020-12-31'), noInvalidDate: true })
    .map((instant) => instant.toISOString().slice(0, 10));
  const published = fc.array(fc.oneof(date, fc.constant('?')), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(published, date, fc.integer({ min: 1, max: 500 }), async (given, cut, passLength) => {
      const whole = await numbersIn(given, all);
      const before = await numbersIn(given, { from: null, to: cut }, passLength);
      const after = await numbersIn(given, { from: cut, to: null }, passLength);
      expect([...before, ...after]).toEqual(whole);
    }),
    { numRuns: 50 },
  );
});

test('a bound that is not a date is refused', async () => {
  await expect(numbersIn(dates, { from: 'May', to: null })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
});

test('rejected rows beyond the first thousand are counted in the slice of their day', async () => {
  const lines = Array.from({ length: 3_000 }, (_, i) => `{"i": "x", "published": "2024-0${1 + (i % 3)}-01"}`);
  const file = { name: 'rows.jsonl', bytes: Buffer.from(['{'.repeat(9), ...lines].join('\n')) };
  const index = await indexRows(file, task);
  expect(index.rows).toHaveLength(1_000);
  expect(surplusIn(index, all)).toEqual({ invalid_field: 2_001 });
  expect(surplusIn(index, { from: '2024-02-01', to: '2024-03-01' })).toEqual({ invalid_field: 667 });
  expect(surplusIn(index, { from: '2025-01-01', to: null })).toEqual({});
});
