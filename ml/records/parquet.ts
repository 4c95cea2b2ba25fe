import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { AsyncBuffer, Compressors, FileMetaData, RowGroup, SchemaTree } from 'hyparquet';
import { InvalidInput } from '../errors.ts';
import { type CsvColumns, type CsvType, missingColumns, unknownColumns } from './csv.ts';
import { MAX_LINE_BYTES, type TextFile } from './lines.ts';

/** A row group is decoded as a whole: larger ones would not fit into memory. */
const MAX_GROUP_BYTES = 1 << 30;
const MAX_GROUP_ROWS = 2_000_000;
const ROWS_A_TURN = 1_000;
const MAGIC = 'PAR1';

/** A row of a Parquet file by column, without what is null or not a number; or why it has no values. */
export interface ParquetRow {
  /** from 1 */
  readonly number: number;
  readonly values: Readonly<Record<string, unknown>> | undefined;
  /** names the column whose value is no text; undefined for values, and for a row of more than MAX_LINE_BYTES */
  readonly notUtf8: string | undefined;
  /** UTF-16 units of its texts, about */
  readonly length: number;
}

/** Whether a file is Parquet, by its first bytes. */
export const isParquet = ({ bytes }: Pick<TextFile, 'bytes'>): boolean => magicAt(bytes, 0) === MAGIC;

/** @throws InvalidInput `parquet` when only the name says so */
export function assertNotNamedParquet({ name, bytes }: TextFile): void {
  if (bytes.length === 0 || !/\.parquet$/i.test(name)) return;
  throw new InvalidInput(
    'parquet',
    magicAt(bytes, 0) === 'PARE'
      ? `${name} is encrypted: write it without encryption`
      : `${name} is not Parquet, whatever its name says: rename it if it is CSV or lines of JSON`,
  );
}

const magicAt = (bytes: Uint8Array, start: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', start, start + 4);

/** A column of a Parquet file, and what its values are read as. */
export interface ParquetColumn {
  readonly name: string;
  /** `nested` for structures and maps, `nothing` where all values are null */
  readonly type: CsvType | 'list' | 'nested' | 'nothing';
  /** as Parquet names it */
  readonly stored: string;
}

/** A Parquet file whose footer was read. */
export interface ParquetFile {
  readonly columns: readonly ParquetColumn[];
  /** The rows, with some of the columns; of those in `texts`, whole numbers beyond 2^53 are texts, to be exact. */
  rows(columns: readonly string[], texts?: ReadonlySet<string>): AsyncGenerator<ParquetRow, void, undefined>;
}

/**
 * The rows of a Parquet file with the columns that a task knows; dates and times as ISO 8601 in UTC, decimals as numbers.
 *
 * @param taken columns that are read beside those with a type, whatever is in them
 * @throws InvalidInput `header` for a column that is unknown, missing, there twice, or of another type; and as `openParquet`
 */
export async function* readParquet(
  file: TextFile,
  columns: CsvColumns,
  taken: readonly string[],
): AsyncGenerator<ParquetRow, void, undefined> {
  const opened = await openParquet(file);
  checkColumns(file.name, opened.columns, columns, taken);
  const names = opened.columns.map(({ name }) => name);
  const wanted = names.filter((name) => Object.hasOwn(columns.types, name) || taken.includes(name));
  yield* opened.rows(wanted, new Set(wanted.filter((name) => columns.types[name] === 'text')));
}

/**
 * Opens a Parquet file (snappy, gzip, brotli, zstd or plain).
 *
 * @throws InvalidInput `parquet` where it cannot be decoded, or a row group is too large; `empty` without rows
 */
export async function openParquet({ name, bytes }: TextFile): Promise<ParquetFile> {
  if (bytes.length < 12 || magicAt(bytes, bytes.length - 4) !== MAGIC)
    throw new InvalidInput(
      'parquet',
      `${name} is cut off: a Parquet file ends with ${MAGIC}. Copy or download it again`,
    );
  const buffer: AsyncBuffer = {
    byteLength: bytes.byteLength,
    slice: (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer,
  };
  try {
    const { parquetMetadataAsync, parquetSchema } = await import('hyparquet');
    const metadata = await parquetMetadataAsync(buffer, { geoparquet: false });
    const columns = parquetSchema(metadata).children.map(columnOf);
    async function* rows(wanted: readonly string[], texts: ReadonlySet<string> = new Set()) {
      for await (const { number, values } of rowsIn(name, buffer, metadata, wanted))
        yield rowOf(number, values, texts);
    }
    return { columns, rows };
  } catch (error) {
    throw damaged(name, error);
  }
}

async function* rowsIn(name: string, file: AsyncBuffer, metadata: FileMetaData, columns: readonly string[]) {
  if (metadata.num_rows === 0n) throw new InvalidInput('empty', `${name} has no rows: give a file with some`);
  const { parquetReadObjects } = await import('hyparquet');
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    assertFits(name, group, columns);
    let rows: Record<string, unknown>[];
    try {
      rows = await parquetReadObjects({
        ...{ file, metadata, columns: [...columns], rowStart: start, rowEnd: end },
        ...{ compressors, parsers, geoparquet: false },
      });
    } catch (error) {
      throw damaged(name, error, start);
    }
    for (const [index, values] of rows.entries()) {
      if (index % ROWS_A_TURN === 0) await yieldToEventLoop();
      yield { number: start + index + 1, values };
    }
    start = end;
  }
}

function assertFits(name: string, { num_rows: rows, columns }: RowGroup, wanted: readonly string[]): void {
  let bytes = 0;
  for (const { meta_data: column } of columns)
    if (wanted.includes(column?.path_in_schema[0] ?? '')) bytes += Number(column?.total_uncompressed_size);
  if (Number(rows) <= MAX_GROUP_ROWS && bytes <= MAX_GROUP_BYTES) return;
  throw new InvalidInput(
    'parquet',
    `${name} has a row group of ${rows} rows and ${bytes} bytes, more than ${MAX_GROUP_ROWS} or ${MAX_GROUP_BYTES}: ` +
      'write smaller ones (pandas: to_parquet(…, row_group_size=100_000))',
  );
}

function damaged(name: string, error: unknown, row?: number): InvalidInput {
  if (error instanceof InvalidInput) return error;
  const message = error instanceof Error ? error.message : String(error);
  const codec = /unsupported compression codec: (\w+)/.exec(message)?.[1];
  if (codec !== undefined)
    return new InvalidInput(
      'parquet',
      `${name} is compressed with ${codec}: write it with snappy, gzip, brotli or zstd`,
    );
  const where = row === undefined ? '' : ` after row ${row}`;
  return new InvalidInput(
    'parquet',
    `${name} is damaged, or no Parquet file of today${where} (${message}): copy or write it again`,
    { cause: error },
  );
}

/** What does not unpack to the length that its page names is damaged; none unpacks to more. */
const compressors: Compressors = {
  GZIP: (input, maxOutputLength) => gunzipSync(input, { maxOutputLength }),
  BROTLI: (input, maxOutputLength) => brotliDecompressSync(input, { maxOutputLength }),
  ZSTD: (input, maxOutputLength) => zstdDecompressSync(input, { maxOutputLength }),
};

const utf8 = new TextDecoder('utf-8', { fatal: true });
const NOT_UTF8 = Symbol('not UTF-8');

const parsers = {
  dateFromDays: (days: number) => days && isoOf(days * 86_400_000)?.slice(0, 'YYYY-MM-DD'.length),
  timestampFromMilliseconds: (millis: bigint) => isoOf(Number(millis)),
  timestampFromMicroseconds: (micros: bigint) => isoOf(Number(micros / 1_000n)),
  timestampFromNanoseconds: (nanos: bigint) => isoOf(Number(nanos / 1_000_000n)),
  stringFromBytes: textOf,
  jsonFromBytes: textOf,
};

function textOf(bytes: Uint8Array | undefined): string | symbol | undefined {
  if (!bytes) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return NOT_UTF8;
  }
}

/** Out of the calendar: the number as a text, which is no date for the task to take. */
function isoOf(millis: number): string {
  const time = new Date(millis);
  return Number.isNaN(time.getTime()) ? String(millis) : time.toISOString().replace('.000Z', 'Z');
}

function rowOf(number: number, row: Record<string, unknown>, texts: ReadonlySet<string>): ParquetRow {
  const values: Record<string, unknown> = {};
  let length = 0;
  for (const [name, raw] of Object.entries(row)) {
    const value = readValue(raw, texts.has(name));
    if (value === NOT_UTF8) return { number, values: undefined, notUtf8: name, length };
    if (value === undefined) continue;
    if (typeof value === 'string') length += value.length;
    else if (Array.isArray(value)) length += value.reduce((sum, item) => sum + String(item).length, 0);
    values[name] = value;
  }
  return { number, values: length > MAX_LINE_BYTES ? undefined : values, notUtf8: undefined, length };
}

/** Undefined where it is missing. @param isText whether whole numbers that a number cannot hold stay exact */
function readValue(value: unknown, isText: boolean): unknown {
  if (value === null || value === undefined || Number.isNaN(value)) return undefined;
  if (typeof value === 'bigint')
    return isText && !Number.isSafeInteger(Number(value)) ? String(value) : Number(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => readValue(item, true));
    return items.includes(NOT_UTF8) ? NOT_UTF8 : items;
  }
  return value instanceof Uint8Array ? NOT_UTF8 : value;
}

function columnOf({ element, children }: SchemaTree): ParquetColumn {
  const {
    name,
    type,
    converted_type: converted,
    logical_type: logical,
    repetition_type: repetition,
  } = element;
  const stored = logical?.type ?? converted ?? type ?? 'group';
  const is = (...names: string[]) => names.includes(stored) || names.includes(converted ?? '');
  if (children.length > 0) return { name, stored, type: is('LIST') ? 'list' : 'nested' };
  if (repetition === 'REPEATED') return { name, stored: `list of ${stored}`, type: 'list' };
  if (is('NULL')) return { name, stored, type: 'nothing' };
  if (type === 'BOOLEAN') return { name, stored, type: 'boolean' };
  const isText =
    is(
      'DATE',
      'TIMESTAMP',
      'TIMESTAMP_MILLIS',
      'TIMESTAMP_MICROS',
      'TIME',
      'TIME_MILLIS',
      'TIME_MICROS',
      'UUID',
    ) ||
    type === 'INT96' ||
    (/BYTE_ARRAY$/.test(type ?? '') && !is('DECIMAL', 'FLOAT16'));
  return { name, stored, type: isText ? 'text' : 'number' };
}

function checkColumns(
  file: string,
  found: readonly ParquetColumn[],
  { types, required, ignored, meanings }: CsvColumns,
  taken: readonly string[],
): void {
  const known = [...new Set([...Object.keys(types), ...taken, ...ignored])];
  const faults = found.flatMap(({ name, type, stored }, index) => {
    if (found.findIndex((other) => other.name === name) !== index)
      return [`the column '${name}' is there twice`];
    if (!known.includes(name)) return [];
    const needed = types[name];
    if (needed === undefined || fits(type, needed)) return [];
    return [
      `the column '${name}' holds ${stored}, and the task needs a ${needed}: cast it, or change the task`,
    ];
  });
  const names = new Set(found.map(({ name }) => name));
  const unknown = [...names].filter((name) => !known.includes(name));
  if (unknown.length > 0) faults.unshift(unknownColumns(unknown, known));
  const missing = required.filter((name) => !names.has(name));
  if (missing.length > 0) faults.push(missingColumns(missing, meanings));
  if (faults.length > 0) throw new InvalidInput('header', `${file}: ${faults.join('; ')}`);
}

/** A number, a truth value or a list of labels can be a text. */
const fits = (type: ParquetColumn['type'], needed: CsvType): boolean =>
  type === 'nothing' || type === needed || (needed === 'text' && type !== 'nested');
