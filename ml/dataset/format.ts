import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { constants, createZstdCompress, type ZstdOptions } from 'node:zlib';
import type { FieldValue, Instance, InstanceSchema } from '../instance/schema.ts';
import type { Example, LearningProblem } from '../problem.ts';

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

/** A sample without its instance. */
export type SampleHead = Omit<DatasetSample, 'instance'>;

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
export interface Seal {
  readonly samples: number;
  readonly contentHash: string;
}

export const FORMAT = { format: 'epochlog-dataset', version: 2 };
export const COMPRESSION: ZstdOptions = {
  chunkSize: 1 << 17,
  params: { [constants.ZSTD_c_checksumFlag]: 1 },
};
const CHUNK_SAMPLES = 100;
const NEWLINE = '\n';

/**
 * A dataset as one file, the same bytes for the same samples in whatever order they come. It yields to the event loop
 * between two chunks.
 *
 * @param samples no two with one id
 */
export function encodeDataset(
  header: DatasetHeader,
  samples: readonly DatasetSample[],
): Promise<EncodedDataset> {
  const sorted = samples.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  async function* chunks() {
    for (let start = 0; start < sorted.length; start += CHUNK_SAMPLES)
      yield sorted.slice(start, start + CHUNK_SAMPLES);
  }
  return encodeSorted(header, chunks());
}

/** The same of samples that come sorted by id. */
export async function encodeSorted(
  header: DatasetHeader,
  chunks: AsyncIterable<readonly DatasetSample[]>,
): Promise<EncodedDataset> {
  const parts: Uint8Array[] = [];
  const contentHash = await writeSorted(header, chunks, async (part) => void parts.push(part));
  return { bytes: Buffer.concat(parts), contentHash };
}

/**
 * Writes the file of samples that come sorted by id, of which it keeps none: JSON lines (a header with the task and the schema
 * of its instances, the samples, a seal), compressed with Zstandard.
 *
 * @param write takes the file part by part
 * @returns the content hash, as `EncodedDataset` has it
 */
export async function writeSorted(
  { task, schema }: DatasetHeader,
  chunks: AsyncIterable<readonly DatasetSample[]>,
  write: (part: Uint8Array) => Promise<void>,
): Promise<string> {
  const hash = new ContentHash();
  let samples = 0;
  let contentHash = '';
  async function* lines(): AsyncGenerator<string | Uint8Array, void, undefined> {
    yield JSON.stringify({ ...FORMAT, task, schema }) + NEWLINE;
    for await (const chunk of chunks) {
      hash.add(chunk);
      samples += chunk.length;
      yield Buffer.concat(chunk.map((sample) => Buffer.from(toLine(sample))));
    }
    contentHash = hash.digest();
    yield JSON.stringify({ samples, contentHash } satisfies Seal) + NEWLINE;
  }
  const compressed = Readable.from(lines()).compose(createZstdCompress(COMPRESSION));
  for await (const part of compressed) await write(part);
  return contentHash;
}

/** The content hash of samples that come sorted by id. */
export class ContentHash {
  readonly #hash = createHash('sha256');
  /** the fields of the last instance, and in which order they are hashed: other instances have the same, as a rule */
  #fields: readonly string[] = [];
  #order: readonly string[] | undefined = [];

  /** One by one: in a text of many samples all characters are as wide as the widest. */
  add(samples: readonly DatasetSample[]): void {
    for (const { id, split, target, instance } of samples)
      this.#hash.update(JSON.stringify([id, split, target, this.#entriesOf(instance)]));
  }

  /** In hexadecimal. Nothing is added afterwards. */
  digest(): string {
    return this.#hash.digest('hex');
  }

  /** In the order of their texts, `field,value`. Each is in quotes, so that no two samples run together to the same text. */
  #entriesOf(instance: Instance): readonly (readonly [string, FieldValue | undefined])[] {
    const fields = Object.keys(instance);
    if (fields.length !== this.#fields.length || fields.some((name, at) => name !== this.#fields[at])) {
      this.#fields = fields;
      this.#order = orderOf(fields);
    }
    return this.#order?.map((name) => [name, instance[name]] as const) ?? Object.entries(instance).sort();
  }
}

/** Fields in the order of the texts `field,value`, whatever their values; undefined where it depends on them. */
const orderOf = (fields: readonly string[]): string[] | undefined =>
  fields.some((name) => name.includes(','))
    ? undefined
    : fields.toSorted((a, b) => (`${a},` < `${b},` ? -1 : 1));

/** The instance comes last: a reader of heads stops before it. */
export const toLine = ({ id, split, time, group, target, otherLabels, instance }: DatasetSample): string =>
  JSON.stringify({ id, split, time, group, target, otherLabels, instance }) + NEWLINE;
