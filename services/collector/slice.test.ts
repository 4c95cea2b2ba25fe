import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { declaredTask } from '../../tasks/declared/declared.ts';
import { readContents, type Slice } from './slice.ts';
import { SortedRows } from './sorted-rows.ts';

const task = declaredTask(
  'dated.yaml',
  'task: dated\nkind: tabular\ntime: published\ntarget: { column: y, type: number }\ncolumns: { i: number }\nignore: [note]\n',
);

const fileOf = (published: readonly string[]) => {
  const lines = published.map((date, i) => JSON.stringify({ published: date, i }));
  return { name: 'papers.jsonl.gz', bytes: gzipSync(lines.join('\n')) };
};

async function numbersIn(published: readonly string[], slice: Slice, runLength?: number): Promise<number[]> {
  const contents = await readContents(fileOf(published), task, new SortedRows(runLength));
  const rows = await Array.fromAsync(contents.rowsIn(slice));
  for (const { line, record } of rows) if (record) expect(record.fields.i).toBe(line - 1);
  return rows.map(({ line }) => line);
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

test('slices that follow one another hold every line once, in however many runs', async () => {
  const date = fc
    .date({ min: new Date('2020-01-01'), max: new Date('2020-12-31'), noInvalidDate: true })
    .map((instant) => instant.toISOString().slice(0, 10));
  const published = fc.array(fc.oneof(date, fc.constant('?')), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(published, date, fc.integer({ min: 1, max: 500 }), async (given, cut, runLength) => {
      const whole = await numbersIn(given, all);
      const before = await numbersIn(given, { from: null, to: cut }, runLength);
      const after = await numbersIn(given, { from: cut, to: null }, runLength);
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
  const contents = await readContents(file, task);
  expect(await Array.fromAsync(contents.rowsIn(all))).toHaveLength(1_000);
  expect(contents.surplusIn(all)).toEqual({ invalid_field: 2_001 });
  expect(contents.surplusIn({ from: '2024-02-01', to: '2024-03-01' })).toEqual({ invalid_field: 667 });
  expect(contents.surplusIn({ from: '2025-01-01', to: null })).toEqual({});
});

test('rows of many blocks and runs come in order, from whatever day on', async () => {
  const day = (i: number) =>
    new Date(Date.UTC(2020, 0, 1 + ((i * 7_919) % 1_000))).toISOString().slice(0, 10);
  const lines = Array.from({ length: 3_000 }, (_, i) =>
    JSON.stringify({ published: day(i), y: i, i, note: 'x'.repeat(500) }),
  );
  const file = { name: 'rows.jsonl', bytes: Buffer.from(lines.join('\n')) };
  const contents = await readContents(file, task, new SortedRows(1_000_000));
  for (const from of [null, '2020-06-01', '2022-09-25']) {
    const rows = await Array.fromAsync(contents.rowsIn({ from, to: '2022-09-26' }));
    const expected = lines.flatMap((_, i) => (day(i) >= (from ?? '') && day(i) < '2022-09-26' ? [i] : []));
    expected.sort((a, b) => (day(a) < day(b) ? -1 : day(a) > day(b) ? 1 : a - b));
    expect(rows.map(({ line }) => line - 1)).toEqual(expected);
  }
});
