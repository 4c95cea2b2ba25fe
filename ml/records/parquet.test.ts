import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import {
  type BasicType,
  ByteWriter,
  type ColumnSource,
  type ParquetWriteOptions,
  parquetWrite,
} from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import type { CsvColumns } from './csv.ts';
import { MAX_LINE_BYTES } from './lines.ts';
import { isParquet, openParquet, readParquet } from './parquet.ts';

const columns: CsvColumns = {
  types: { id: 'text', size: 'number', done: 'boolean', at: 'text' },
  required: ['id'],
  ignored: ['note'],
};
const column = (name: string, type: BasicType, data: unknown[]): ColumnSource => ({ name, type, data });
const ids = column('id', 'STRING', ['a', 'b', 'ü']);

function fileOf(
  columnData: ColumnSource[],
  options: Partial<ParquetWriteOptions> = {},
  name = 'rows.parquet',
) {
  const writer = new ByteWriter();
  parquetWrite({ writer, columnData, ...options });
  return { name, bytes: new Uint8Array(writer.getBuffer()) };
}
const rowsOf = (file: ReturnType<typeof fileOf>, taken: string[] = []) =>
  Array.fromAsync(readParquet(file, columns, taken));

describe('a Parquet file', () => {
  test('gives its rows by column: what is null or not a number is missing, days and times are ISO 8601', async () => {
    const file = fileOf([
      ids,
      column('size', 'DOUBLE', [1.5, Number.NaN, null]),
      column('done', 'BOOLEAN', [true, null, false]),
      column('at', 'TIMESTAMP', [new Date('2024-05-31'), new Date('2024-05-31T12:00:00.25Z'), null]),
      column('note', 'STRING', ['not', 'read', '']),
      column('tags', 'JSON', [['x'], null, ['y', 'z']]),
    ]);
    expect(isParquet(file)).toBe(true);
    expect((await rowsOf(file, ['tags'])).map(({ number, values }) => [number, values])).toEqual([
      [1, { id: 'a', size: 1.5, done: true, at: '2024-05-31T00:00:00Z', tags: '["x"]' }],
      [2, { id: 'b', at: '2024-05-31T12:00:00.250Z' }],
      [3, { id: 'ü', done: false, tags: '["y","z"]' }],
    ]);
  });

  test.each([
    ['GZIP', gzipSync],
    ['BROTLI', brotliCompressSync],
    ['ZSTD', zstdCompressSync],
  ] as const)('is read in row groups, compressed with %s', async (codec, compress) => {
    const data = Array.from({ length: 2_500 }, (_, i) => `record ${i}`);
    const compressors = { [codec]: (input: Uint8Array) => new Uint8Array(compress(input)) };
    const file = fileOf([column('id', 'STRING', data)], { codec, compressors, rowGroupSize: 1_000 });
    const rows = await rowsOf(file);
    expect(rows.map(({ values }) => values?.id)).toEqual(data);
    expect(rows.map(({ number }) => number)).toEqual(data.map((_, i) => i + 1));
  });

  test('keeps whole numbers beyond 2^53 as texts where a text is needed', async () => {
    const large = 2n ** 60n + 1n;
    const [row] = await rowsOf(fileOf([column('id', 'INT64', [large]), column('size', 'INT64', [7n])]));
    expect(row?.values).toEqual({ id: String(large), size: 7 });
  });

  test('has no values for a row that is too long, or in which a text is not UTF-8', async () => {
    const texts = ['x'.repeat(MAX_LINE_BYTES + 1), 'b'].map((text) => Buffer.from(text));
    const rows = await rowsOf(
      fileOf([column('id', 'BYTE_ARRAY', [...texts, Buffer.from('\xfc', 'latin1')])]),
    );
    expect(rows.map(({ values, notUtf8 }) => [values, notUtf8])).toEqual([
      [undefined, undefined],
      [{ id: 'b' }, undefined],
      [undefined, 'id'],
    ]);
  });

  test('names its columns, and what they are', async () => {
    const { columns } = await openParquet(fileOf([ids, column('n', 'INT32', [1, 2, 3])]));
    expect(columns.map(({ name, type }) => [name, type])).toEqual([
      ['id', 'text'],
      ['n', 'number'],
    ]);
  });
});

describe('is refused', () => {
  const good = fileOf([ids]);
  const withBytes = (bytes: Uint8Array<ArrayBuffer>) => ({ name: 'rows.parquet', bytes });
  test.each([
    [
      'with a text for a number',
      fileOf([ids, column('size', 'STRING', ['1', '2', '3'])]),
      'header',
      /'size' holds .*needs a number: cast it/,
    ],
    [
      'with a number for a truth value',
      fileOf([ids, column('done', 'INT32', [1, 0, 1])]),
      'header',
      /'done' holds INT32.*boolean/,
    ],
    [
      'with a day for a number',
      fileOf([ids, column('size', 'TIMESTAMP', [new Date(), null, null])]),
      'header',
      /'size' holds TIMESTAMP/,
    ],
    [
      'with an unknown column',
      fileOf([ids, column('sizes', 'INT32', [1, 2, 3])]),
      'header',
      /no column 'sizes'.*mean 'size'/,
    ],
    ['without a column that is needed', fileOf([column('size', 'INT32', [1])]), 'header', /'id' missing/],
    ['with a column twice', fileOf([ids, ids]), 'header', /'id' is there twice/],
    ['without rows', fileOf([column('id', 'STRING', [])]), 'empty', /no rows/],
    ['cut off', withBytes(good.bytes.subarray(0, -20)), 'parquet', /cut off/],
    ['with a damaged footer', withBytes(good.bytes.with(good.bytes.length - 5, 0x7f)), 'parquet', /damaged/],
    [
      'with a damaged page',
      withBytes(good.bytes.with(6, 0xff).with(7, 0xff)),
      'parquet',
      /damaged.*after row 0/,
    ],
    [
      'with a codec that is not read',
      fileOf([column('id', 'STRING', ['a'])], { codec: 'LZ4', compressors: { LZ4: (input) => input } }),
      'parquet',
      /compressed with LZ4: write it with snappy/,
    ],
  ])('%s', async (_, file, code, message) => {
    await expect(rowsOf(file)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
