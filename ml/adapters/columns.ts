import { z } from 'zod';
import { SKETCH_FEATURE, wordSketch } from '../drift/rows/sketch.ts';
import { InvalidPackage } from '../errors.ts';
import {
  type Field,
  type FieldValue,
  type Instance,
  type InstanceSchema,
  textFields,
} from '../instance/schema.ts';
import { wordCount } from '../text/count.ts';
import type { Adapter, FittedAdapter, MonitoredFeatures, Tensor } from './adapter.ts';
import { datePart, monitored, partOfDate } from './tabular.ts';

const INPUTS_FILE = 'inputs.json';
const FORMAT = 'epochlog-inputs-1';

const elementType = z.enum(['float', 'double', 'int64', 'string']);

/** How a field becomes one or more elements of a row. Without `missing`, a missing value is NaN, or the empty text. */
const columnSchema = z.discriminatedUnion('kind', [
  /** a number or a boolean as it is; in an input of strings a category, a text or a date as it is written */
  z.strictObject({
    kind: z.literal('value'),
    field: z.string(),
    missing: z.union([z.number(), z.string()]).optional(),
  }),
  /** a category as a number */
  z.strictObject({
    kind: z.literal('code'),
    field: z.string(),
    codes: z.record(z.string(), z.number()),
    unknown: z.number(),
    missing: z.number().optional(),
  }),
  /** a category as one element for each value: 1 for its own, 0 for the others */
  z.strictObject({ kind: z.literal('oneHot'), field: z.string(), values: z.array(z.string()).min(1) }),
  z.strictObject({
    kind: z.literal('date'),
    field: z.string(),
    part: datePart,
    missing: z.number().optional(),
  }),
  /** texts, one after the other */
  z.strictObject({ kind: z.literal('text'), fields: z.array(z.string()).min(1), separator: z.string() }),
]);

const inputSchema = z.strictObject({
  name: z.string(),
  type: elementType,
  /** of a tensor: 1 for [batch], 2 for [batch, columns] */
  rank: z.union([z.literal(1), z.literal(2)]),
  columns: z.array(columnSchema).min(1),
});

const fileSchema = z.strictObject({ format: z.literal(FORMAT), inputs: z.array(inputSchema).min(1) });

export type InputColumn = z.infer<typeof columnSchema>;
export type ElementType = z.infer<typeof elementType>;
/** An input of a graph, and what it holds of an instance. */
export type InputOfColumns = z.infer<typeof inputSchema>;

/** Columns as the inputs of a graph that was made elsewhere: a matrix, a tensor for each column, or both. */
export const adapter: Adapter = {
  open(_, data, schema) {
    const inputs = parseFile(data, schema);
    const fields = [...new Set(inputs.flatMap(({ columns }) => columns.flatMap(fieldsOf)))];
    const texts = fields.filter((name) => schema.fields[name]?.type === 'text');
    const whole = textFields(schema);
    const isWhole =
      texts.length > 0 && texts.length === whole.length && whole.every((name) => texts.includes(name));
    const watched = fields.filter((name) => !['text', 'date'].includes(schema.fields[name]!.type));
    return {
      inputsOf: (instances) =>
        Object.fromEntries(inputs.map((input) => [input.name, tensorOf(input, instances)])),
      monitoredOf: (instance): MonitoredFeatures => ({
        ...(texts.length > 0 && {
          textLength: texts.reduce((sum, name) => sum + wordCount(String(instance[name] ?? '')), 0),
        }),
        ...(isWhole && {
          [SKETCH_FEATURE]: wordSketch(texts.map((name) => instance[name] ?? '').join('\n')),
        }),
        ...Object.fromEntries(watched.map((name) => [name, monitored(instance[name])])),
      }),
    };
  },
};

export const fittedColumns = (inputs: readonly InputOfColumns[]): FittedAdapter => ({
  settings: { name: 'columns', file: INPUTS_FILE },
  data: new TextEncoder().encode(`${JSON.stringify({ format: FORMAT, inputs }, null, 1)}\n`),
  inputs: inputs.map((input) => ({
    name: input.name,
    type: input.type,
    shape: input.rank === 1 ? ['batch'] : ['batch', widthOf(input)],
  })),
});

/** Elements of a row. */
export const widthOf = ({ columns }: Pick<InputOfColumns, 'columns'>): number =>
  columns.reduce((sum, column) => sum + (column.kind === 'oneHot' ? column.values.length : 1), 0);

export const fieldsOf = (column: InputColumn): readonly string[] =>
  column.kind === 'text' ? column.fields : [column.field];

function tensorOf(input: InputOfColumns, instances: readonly Instance[]): Tensor {
  const width = widthOf(input);
  const dims = input.rank === 1 ? [instances.length] : [instances.length, width];
  const rows = instances.flatMap((instance) =>
    input.columns.flatMap((column) => elementsOf(column, instance)),
  );
  switch (input.type) {
    case 'string':
      return {
        dims,
        data: rows.map((value) => (typeof value === 'number' && Number.isNaN(value) ? '' : String(value))),
      };
    case 'float':
      return { dims, data: Float32Array.from(rows, Number) };
    case 'double':
      return { dims, data: Float64Array.from(rows, Number) };
    case 'int64':
      return { dims, data: BigInt64Array.from(rows, (value) => BigInt(Math.trunc(Number(value)))) };
  }
}

/** NaN for what is missing. */
function elementsOf(column: InputColumn, instance: Instance): (number | string)[] {
  if (column.kind === 'text') {
    return [column.fields.map((name) => String(instance[name] ?? '')).join(column.separator)];
  }
  const value: FieldValue = instance[column.field] ?? null;
  if (column.kind === 'oneHot') return column.values.map((own) => Number(own === value));
  if (value === null) return [column.missing ?? Number.NaN];
  switch (column.kind) {
    case 'value':
      return [typeof value === 'boolean' ? Number(value) : value];
    case 'code':
      return [Object.hasOwn(column.codes, String(value)) ? column.codes[String(value)]! : column.unknown];
    case 'date':
      return [partOfDate(String(value), column.part)];
  }
}

function parseFile(data: Uint8Array, { fields }: InstanceSchema): InputOfColumns[] {
  try {
    const { inputs } = fileSchema.parse(JSON.parse(new TextDecoder().decode(data)));
    for (const input of inputs) {
      for (const column of input.columns) {
        const fault = faultOfColumn(column, input.type, fields);
        if (fault) throw new TypeError(`input "${input.name}": ${fault}`);
      }
    }
    return inputs;
  } catch (cause) {
    const why = cause instanceof TypeError ? cause.message : 'not the inputs of a graph; is it truncated?';
    throw new InvalidPackage('malformed', INPUTS_FILE, why, { cause });
  }
}

/** Why a column cannot be part of an input of such elements: what is wrong, and what to write instead. */
export function faultOfColumn(
  column: InputColumn,
  type: ElementType,
  fields: InstanceSchema['fields'],
): string | undefined {
  for (const name of fieldsOf(column)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field) return `there is no column '${name}'; there are ${Object.keys(fields).join(', ')}`;
    const fault = faultOfField(column, name, field, type);
    if (fault) return fault;
  }
  return undefined;
}

function faultOfField(
  column: InputColumn,
  name: string,
  field: Field,
  type: ElementType,
): string | undefined {
  const fault =
    type === 'string' ? faultAsText(column, name, field) : faultAsNumber(column, name, field, type);
  if (fault || type !== 'int64' || field.required || column.kind === 'oneHot') return fault;
  if ('missing' in column && column.missing !== undefined) return undefined;
  return `${name} may be missing, which int64 cannot say: add missing: NUMBER, or require the column`;
}

/** Which fields each kind of column is of, and what is to be written for another. */
const OF_FIELD = { code: 'category', oneHot: 'category', date: 'date' } as const;

function faultAsText({ kind }: InputColumn, name: string, { type }: Field): string | undefined {
  if (kind === 'text') return undefined;
  if (kind !== 'value') return `the input takes strings: ${name} needs no codes, oneHot or part`;
  return type === 'number' || type === 'boolean'
    ? `${name} is a ${type}, and the input takes strings`
    : undefined;
}

function faultAsNumber(
  column: InputColumn,
  name: string,
  { type: own }: Field,
  type: ElementType,
): string | undefined {
  const { kind } = column;
  if (kind === 'text' || own === 'text') return `${name} is a text, which cannot be ${type}`;
  if (kind !== 'value') {
    return own === OF_FIELD[kind] ? undefined : `${name} is a ${own}: ${kind} is for a ${OF_FIELD[kind]}`;
  }
  if (own === 'category') return `${name} is a category, and the input is ${type}: give its codes, or oneHot`;
  if (own === 'date') return `${name} is a date, and the input is ${type}: give the part`;
  return typeof column.missing === 'string'
    ? `${name}: missing must be a number, since the input is ${type}`
    : undefined;
}
