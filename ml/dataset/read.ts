import { pipeline, Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { z } from 'zod';
import { InvalidInput } from '../errors.ts';
import { instanceSchema } from '../instance/schema.ts';
import { problemSchema } from '../problem.ts';
import { splitLines } from '../records/lines.ts';
import {
  COMPRESSION,
  ContentHash,
  type Dataset,
  type DatasetHeader,
  type DatasetSample,
  FORMAT,
  type SampleHead,
  type Seal,
  SPLITS,
  type Split,
} from './format.ts';

/**
 * A dataset, with the samples of some splits. When all are asked for, their content is compared with what was sealed.
 *
 * @throws InvalidInput `not-a-dataset`, `truncated`, or `altered` when the content is not what was sealed
 */
export async function decodeDataset(bytes: Uint8Array, splits: readonly Split[] = SPLITS): Promise<Dataset> {
  const reading = new DatasetReader(bytes);
  const isWhole = SPLITS.every((split) => splits.includes(split));
  const hash = new ContentHash();
  const samples: DatasetSample[] = [];
  for await (const chunk of reading.samples(splits)) {
    if (isWhole) hash.add(chunk);
    samples.push(...chunk);
  }
  if (isWhole && reading.seal.contentHash !== hash.digest()) throw altered();
  return { ...reading.header, samples };
}

/** Bytes that need not be in memory: each time they are read from the beginning. */
export interface Streamed {
  stream(): AsyncIterable<Uint8Array>;
}

/** Reads the file of a dataset part by part, and keeps none. It throws what `decodeDataset` does. */
export class DatasetReader {
  readonly #bytes: Uint8Array | Streamed;
  #header: DatasetHeader | undefined;
  #seal: Seal | undefined;

  constructor(bytes: Uint8Array | Streamed) {
    this.#bytes = bytes;
  }

  /** Known when something was read. */
  get header(): DatasetHeader {
    if (this.#header) return this.#header;
    throw truncated();
  }

  /** Known when all is read. */
  get seal(): Seal {
    if (this.#seal) return this.#seal;
    throw truncated();
  }

  /** The samples of some splits, sorted by id; others are skipped unread. */
  async *samples(splits: readonly Split[] = SPLITS): AsyncGenerator<DatasetSample[], void, undefined> {
    const wanted = new Set(splits);
    const isWhole = SPLITS.every((split) => wanted.has(split));
    for await (const lines of this.#lines()) {
      const chosen = isWhole ? lines : lines.filter((line) => wanted.has(splitIn(line)));
      yield chosen.map((line) => JSON.parse(String(line)));
    }
  }

  async *heads(): AsyncGenerator<SampleHead[], void, undefined> {
    for await (const lines of this.#lines()) yield lines.map(headIn);
  }

  /** The lines of samples. */
  async *#lines(): AsyncGenerator<Buffer[], void, undefined> {
    let count = 0;
    try {
      for await (const chunk of linesIn(this.#bytes)) {
        let lines = chunk;
        if (!this.#header) lines = this.#withoutHeader(lines);
        const last = lines.at(-1);
        if (last && !last.subarray(0, SAMPLE.length).equals(SAMPLE)) {
          this.#seal = JSON.parse(String(last));
          lines = lines.slice(0, -1);
        }
        count += lines.length;
        if (lines.length > 0) yield lines;
      }
    } catch (error) {
      throw asInvalid(error);
    }
    if (this.header && this.seal.samples !== count) throw altered();
  }

  #withoutHeader(lines: Buffer[]): Buffer[] {
    const [first, ...rest] = lines;
    if (!first) return lines;
    const { data, error } = headerSchema.safeParse(JSON.parse(String(first)));
    if (!data) throw notADataset({ cause: error });
    this.#header = { task: data.task, schema: data.schema };
    return rest;
  }
}

const SAMPLE = Buffer.from('{"id":');
const BEFORE_INSTANCE = Buffer.from(',"instance":');

const BEFORE_SPLIT = Buffer.from(',"split":"');
const QUOTE = 0x22;

/** The split of a sample, without reading more of it: within a text of JSON the quotes of the field would be escaped. */
function splitIn(line: Buffer): Split {
  const start = line.indexOf(BEFORE_SPLIT) + BEFORE_SPLIT.length;
  const end = line.indexOf(QUOTE, start);
  const split = SPLITS.find((known) => known === line.toString('latin1', start, end));
  if (start < BEFORE_SPLIT.length || !split || !line.includes(BEFORE_INSTANCE)) throw altered();
  return split;
}

/** What of a sample comes before its instance. In a text of JSON the quotes would be escaped: the first is the field. */
function headIn(line: Buffer): SampleHead {
  const end = line.indexOf(BEFORE_INSTANCE);
  if (end < 0) throw altered();
  return JSON.parse(`${line.toString('utf8', 0, end)}}`);
}

/** The lines of compressed texts. */
async function* linesIn(bytes: Uint8Array | Streamed): AsyncGenerator<Buffer[], void, undefined> {
  const unpacked = createZstdDecompress({ chunkSize: COMPRESSION.chunkSize });
  if (bytes instanceof Uint8Array) unpacked.end(bytes);
  else pipeline(Readable.from(bytes.stream()), unpacked, () => {}); // its error is that of `unpacked`
  for await (const lines of splitLines(unpacked, Number.POSITIVE_INFINITY))
    yield lines.map((line) => Buffer.from(line!.buffer, line!.byteOffset, line!.byteLength));
}

const headerSchema = z.object({
  format: z.literal(FORMAT.format),
  version: z.literal(FORMAT.version),
  task: problemSchema,
  schema: instanceSchema,
});

/** Whether the file of a dataset could not be read, since it is damaged, or none. */
export const isUnreadable = (error: unknown): error is InvalidInput =>
  error instanceof InvalidInput && FAULTS.has(error.code);
const FAULTS: ReadonlySet<string> = new Set(['not-a-dataset', 'truncated', 'altered']);

const truncated = () => new InvalidInput('truncated', 'the dataset ends before its seal');
const altered = () => new InvalidInput('altered', 'the content of the dataset is not what was sealed');
const notADataset = (options?: ErrorOptions) =>
  new InvalidInput('not-a-dataset', `this is not a dataset of version ${FORMAT.version}`, options);

function asInvalid(error: unknown): unknown {
  if (error instanceof SyntaxError) return notADataset({ cause: error });
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR')
    return new InvalidInput('truncated', 'the dataset is cut off', { cause: error });
  if (code === 'ZSTD_error_prefix_unknown') return notADataset({ cause: error });
  if (code.startsWith('ZSTD_'))
    return new InvalidInput('altered', 'the dataset is damaged', { cause: error });
  return error;
}
