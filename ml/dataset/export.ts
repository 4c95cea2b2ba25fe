import type { SchemaElement } from 'hyparquet';
import type { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { InstanceSchema } from '../instance/schema.ts';
import type { ProblemType } from '../problem.ts';
import type { DatasetSample, Split } from './format.ts';
import { DatasetReader } from './read.ts';

export const EXPORT_FORMATS = ['jsonl', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const ROWS_A_GROUP = 10_000;

/**
 * The samples of a dataset as a file, in pieces; the same bytes for the same dataset. Beside them it holds a row group.
 *
 * @throws InvalidInput as `DatasetReader`
 */
export function exported(
  dataset: Uint8Array,
  splits: readonly Split[],
  format: ExportFormat,
): AsyncGenerator<Uint8Array, void, undefined> {
  return format === 'parquet' ? parquet(dataset, splits) : jsonLines(dataset, splits);
}

/** A part of the samples of a dataset. */
export interface Part {
  /** in the id, or anywhere in the instance, in upper or lower case; empty: all */
  readonly text: string;
  readonly offset: number;
  readonly limit: number;
}

/** The same lines of JSON, of a part alone. It reads no further than it must. */
export async function* exportedPart(
  dataset: Uint8Array,
  splits: readonly Split[],
  { text, offset, limit }: Part,
): AsyncGenerator<Uint8Array, void, undefined> {
  const wanted = text.toLowerCase();
  let [passed, given] = [0, 0];
  for await (const chunk of new DatasetReader(dataset).samples(splits)) {
    for (const sample of chunk) {
      if (wanted !== '' && !textOf(sample).includes(wanted)) continue;
      passed += 1;
      if (passed <= offset) continue;
      yield Buffer.from(lineOf(sample, splits.length > 1));
      given += 1;
      if (given >= limit) return;
    }
  }
}

const textOf = ({ id, instance }: DatasetSample): string =>
  `${id} ${Object.values(instance).join(' ')}`.toLowerCase();

function lineOf({ id, split, time, group, target, otherLabels, instance }: DatasetSample, hasSplit: boolean) {
  const sample = { id, ...(hasSplit && { split }), time, target, otherLabels, instance };
  return `${JSON.stringify({ ...sample, ...(group !== null && { group }) })}\n`;
}

async function* jsonLines(
  dataset: Uint8Array,
  splits: readonly Split[],
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of new DatasetReader(dataset).samples(splits)) {
    const lines = chunk.map((sample) => lineOf(sample, splits.length > 1));
    if (lines.length > 0) yield Buffer.from(lines.join(''));
  }
}

async function* parquet(
  dataset: Uint8Array,
  splits: readonly Split[],
): AsyncGenerator<Uint8Array, void, undefined> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  const reader = new DatasetReader(dataset);
  const writer = new ByteWriter();
  let file: ParquetWriter | undefined;
  let columns: readonly Column[] = [];
  let rows: DatasetSample[] = [];
  const begun = () => {
    columns = columnsOf(reader.header.schema, reader.header.task.type);
    file ??= new ParquetWriter({ writer, schema: schemaOf(columns), createdBy: 'epochlog' });
    return file;
  };
  const write = () => {
    const columnData = columns.map(({ name, of }) => ({ name, data: rows.map(of) }));
    void begun().write({ columnData, rowGroupSize: ROWS_A_GROUP });
    rows = [];
  };
  for await (const chunk of reader.samples(splits)) {
    begun();
    rows.push(...chunk);
    if (rows.length < ROWS_A_GROUP) continue;
    write();
    yield taken(writer);
  }
  if (rows.length > 0) write();
  void begun().finish();
  yield taken(writer);
}

/** What was written since the last time. */
function taken(writer: ByteWriter): Uint8Array {
  const bytes = new Uint8Array(writer.getBuffer());
  writer.index = 0;
  return bytes;
}

interface Column {
  readonly name: string;
  readonly elements: readonly SchemaElement[];
  of(sample: DatasetSample): unknown;
}

const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;
const TYPES = {
  number: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  text: TEXT,
  category: TEXT,
  date: TEXT,
} as const;

function columnsOf(schema: InstanceSchema, problem: ProblemType): Column[] {
  const named = (
    name: string,
    type: Pick<SchemaElement, 'type' | 'converted_type'>,
    of: Column['of'],
  ): Column => ({
    name,
    elements: [{ name, repetition_type: 'OPTIONAL', ...type }],
    of,
  });
  const otherLabels: Column = {
    name: 'otherLabels',
    elements: [
      { name: 'otherLabels', repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', repetition_type: 'OPTIONAL', ...TEXT },
    ],
    of: (sample) => sample.otherLabels,
  };
  const about = [
    named('id', TEXT, ({ id }) => id),
    named('split', TEXT, ({ split }) => split),
    named('time', TEXT, ({ time }) => time),
    named('group', TEXT, ({ group }) => group),
    named('target', problem === 'regression' ? { type: 'DOUBLE' } : TEXT, ({ target }) => target),
    otherLabels,
  ];
  const taken = new Set(about.map(({ name }) => name));
  const fields = Object.entries(schema.fields).map(([field, { type }]) =>
    named(
      taken.has(field) ? `input_${field}` : field,
      TYPES[type],
      ({ instance }) => instance[field] ?? null,
    ),
  );
  return [...about, ...fields];
}

const schemaOf = (columns: readonly Column[]): SchemaElement[] => [
  { name: 'samples', num_children: columns.length },
  ...columns.flatMap(({ elements }) => elements),
];
