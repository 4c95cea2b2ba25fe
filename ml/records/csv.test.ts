import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type CsvColumns, readCsv } from './csv.ts';
import { MAX_LINE_BYTES } from './lines.ts';

const columns: CsvColumns = {
  types: { id: 'text', size: 'number', done: 'boolean' },
  required: ['id'],
  ignored: ['note'],
};
const rowsOf = (text: string | Uint8Array, name = 'rows.csv') =>
  Array.fromAsync(readCsv({ name, bytes: Buffer.from(text) }, columns));

describe('a CSV file', () => {
  test('gives its rows by column, typed, without empty cells and ignored columns', async () => {
    const rows = await rowsOf(
      '\uFEFFid,size,done,note\r\n7,1.5e3,TRUE,x\r\n8,,false,\r\n\r\n"a ""b"", c",-2,,"two\nlines"\r\n',
    );
    expect(rows.map(({ number, values }) => [number, values])).toEqual([
      [2, { id: '7', size: 1_500, done: true }],
      [3, { id: '8', done: false }],
      [6, { id: 'a "b", c', size: -2 }],
    ]);
  });

  test.each([
    ['semicolons', 'id;size;"note; 1, 2"\n7;1.234,5;"a, b; c"\n8;-2;x\n', [1_234.5, -2]],
    ['tabs', 'id\tsize\n7\t0,5\n8\t2.5\n', [0.5, 2.5]],
    ['bars', '\uFEFFid|size\r\n7|1e3\r\n8|1\r\n', [1_000, 1]],
  ])('may have %s between its cells, and then commas in its numbers', async (_, text, sizes) => {
    const wide = { ...columns, ignored: ['note; 1, 2'] };
    const rows = await Array.fromAsync(readCsv({ name: 'rows.csv', bytes: Buffer.from(text) }, wide));
    expect(rows.map(({ values }) => values)).toEqual(sizes.map((size, i) => ({ id: String(7 + i), size })));
  });

  test('with a comma in its header has commas between its cells, and none in its numbers', async () => {
    expect(await rowsOf('id,size\n7;8,"1,5"\n')).toMatchObject([{ values: { id: '7;8', size: '1,5' } }]);
  });

  test('names all columns that a task has not in one sentence', async () => {
    await expect(rowsOf('id,sizes,x,y\n')).rejects.toThrow(
      /^rows.csv: the task has no columns 'sizes' \(did you mean 'size'\?\), 'x', 'y': name them there, or under 'ignore'$/,
    );
  });

  test('keeps a cell that does not fit its column as it is, so that the task can say what is wrong', async () => {
    const [row] = await rowsOf('id,size,done\n1,many,perhaps\n');
    expect(row?.values).toEqual({ id: '1', size: 'many', done: 'perhaps' });
  });

  test('may be gzip, and end without a line break', async () => {
    expect(await rowsOf(gzipSync('id\n1\n2'), 'rows.csv.gz')).toMatchObject([
      { values: { id: '1' } },
      { values: { id: '2' } },
    ]);
  });

  test('has no values for a row that is too long', async () => {
    const rows = await rowsOf(`id,size\n${'x'.repeat(MAX_LINE_BYTES + 1)},1\n2,2\n`);
    expect(rows.map(({ values }) => values)).toEqual([undefined, { id: '2', size: 2 }]);
  });

  test.each([
    [
      'an unknown column',
      'id,sizes\n',
      'header',
      /the task has no column 'sizes' \(did you mean 'size'\?\): name it there, or under 'ignore'/,
    ],
    ['a column without which a record is none', 'size\n', 'header', /'id' missing/],
    ['a column that is there twice', 'id,size,size\n', 'header', /'size' is there twice/],
    [
      'a quote that does not close',
      'id\n1\n"2\n3\n',
      'csv',
      /not CSV: a quote in row 3, the header counted, is not closed until the end/,
    ],
    [
      'a quote in a cell',
      'id\nx"1\n',
      'csv',
      /not CSV: line 2 has a quote in the middle of a cell: .* its own quotes twice/,
    ],
    [
      'more cells than columns',
      'id\n1\n1,2\n',
      'csv',
      /not CSV: line 3 has 2 cells, more than the first line: .*comma/,
    ],
    ['nothing', '', 'empty', /is empty/],
    [
      'text that is no UTF-8',
      Buffer.from('id\n\xfc\n', 'latin1'),
      'not-utf8',
      /iconv .* rows\.csv > utf-8-rows\.csv$/,
    ],
    ['half of its gzip data', gzipSync('id\n'.repeat(1e5)).subarray(0, 60), 'truncated', /download it again/],
  ])('is refused with %s', async (_, text, code, message) => {
    await expect(rowsOf(text)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
