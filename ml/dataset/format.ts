import { createHash, type Hash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { z } from 'zod';
import { InvalidInput } from '../errors.ts';
import { type InstanceSchema, instanceSchema } from '../instance/schema.ts';
import { type Example, type LearningProblem, problemSchema } from '../problem.ts';
import { splitLines } from '../records/lines.ts';

export const SPLITS = ['train', 'validation', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** A sample in its split of a dataset. */
export interface DatasetSample extends Example {
  readonly id: string;
  readonly split: Split;
  readonly otherLabels: readonly string[];
  /** when it was, ISO 8601; null where that is not known */
  readonly time: string | null;
  readonly group: string | null;
}

/** What the samples of a dataset are examples of. */
export interface DatasetHeader {
  readonly task: LearningProblem;
  readonly schema: InstanceSchema;
}

export interface Dataset extends DatasetHeader {
  /** sorted by id */
  readonly samples: readonly DatasetSample[];
}

export interface EncodedDataset {
  readonly bytes: Uint8Array;
  /** SHA-256 over (id, split, target, instance) of the samples sorted by id, in hexadecimal */
  readonly contentHash: string;
}

/** The last line of the file: what its end and its content are known by. */
interface Seal {
  readonly samples: number;
  readonly contentHash: string;
}

const FORMAT = { format: 'epochlog-dataset', version: 2 };
const COMPRESSION = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const CHUNK_SAMPLES = 100;
const NEWLINE = '\n';

/**
 * A dataset as one file, the same bytes for the same samples in whatever order they come: JSON lines (a header with the
 * task and the schema of its instances, the samples sorted by id, a seal), compressed with Zstandard. It yields to the
 * event loop between two chunks.
 *
 * @param samples no two with one id
 */
export async function encodeDataset(
  { task, schema }: DatasetHeader,
  samples: readonly DatasetSample[],
): Promise<EncodedDataset> {
  const sorted = samples.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const hash = createHash('sha256');
  let contentHash = '';
  async function* lines(): AsyncGenerator<string, void, undefined> {
    yield JSON.stringify({ ...FORMAT, task, schema }) + NEWLINE;
    for (let start = 0; start < sorted.length; start += CHUNK_SAMPLES) {
      const chunk = sorted.slice(start, start + CHUNK_SAMPLES);
      for (const sample of chunk) addTo(hash, sample);
      yield chunk.map(toLine).join('');
    }
    contentHash = hash.digest('hex');
    yield JSON.stringify({ samples: sorted.length, contentHash } satisfies Seal) + NEWLINE;
  }
  const chunks: Uint8Array[] = [];
  await pipeline(lines, createZstdCompress(COMPRESSION), async (compressed) => {
    for await (const chunk of compressed) chunks.push(chunk);
  });
  return { bytes: Buffer.concat(chunks), contentHash };
}

/**
 * A dataset, with the samples of some splits. All are read and checked whichever are asked for.
 *
 * @throws InvalidInput `not-a-dataset`, `truncated`, or `altered` when the content is not what was sealed
 */
export async function decodeDataset(bytes: Uint8Array, splits: readonly Split[] = SPLITS): Promise<Dataset> {
  const wanted = new Set(splits);
  const samples: DatasetSample[] = [];
  const hash = createHash('sha256');
  let count = 0;
  let header: DatasetHeader | undefined;
  let seal: Seal | undefined;
  for await (const line of readContent(bytes)) {
    if ('format' in line) {
      header = headerOf(line);
      continue;
    }
    if ('contentHash' in line) {
      seal = line;
      continue;
    }
    addTo(hash, line);
    count += 1;
    if (wanted.has(line.split)) samples.push(line);
  }
  if (!header || !seal) throw new InvalidInput('truncated', 'the dataset ends before its seal');
  if (seal.samples === count && seal.contentHash === hash.digest('hex')) return { ...header, samples };
  throw new InvalidInput('altered', 'the content of the dataset is not what was sealed');
}

const headerSchema = z.object({
  format: z.literal(FORMAT.format),
  version: z.literal(FORMAT.version),
  task: problemSchema,
  schema: instanceSchema,
});
type Header = z.infer<typeof headerSchema>;

function headerOf(line: Header): DatasetHeader {
  const { data, error } = headerSchema.safeParse(line);
  if (!data) throw notADataset({ cause: error });
  return { task: data.task, schema: data.schema };
}

/** All lines: their fields are what was encoded if the seal, the last one, says so. */
async function* readContent(
  bytes: Uint8Array,
): AsyncGenerator<Header | DatasetSample | Seal, void, undefined> {
  const unpacked: AsyncIterable<Uint8Array> = createZstdDecompress().end(bytes);
  let first = true;
  try {
    for await (const lines of splitLines(unpacked, Number.POSITIVE_INFINITY)) {
      for (const line of lines) {
        const value = JSON.parse(String(line));
        if (first && value?.format !== FORMAT.format) throw notADataset();
        yield value;
        first = false;
      }
    }
  } catch (error) {
    throw asInvalid(error);
  }
}

/** Each field in quotes, so that no two samples run together to the same text. */
function addTo(hash: Hash, { id, split, target, instance }: DatasetSample): void {
  hash.update(JSON.stringify([id, split, target, Object.entries(instance).sort()]));
}

const toLine = ({ id, split, time, group, target, otherLabels, instance }: DatasetSample): string =>
  JSON.stringify({ id, split, time, group, target, otherLabels, instance }) + NEWLINE;

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
