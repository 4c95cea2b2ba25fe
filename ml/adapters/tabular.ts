import { z } from 'zod';
import { InvalidInput, InvalidPackage } from '../errors.ts';
import { fitGroupStatistics, STATISTICS } from '../features/group-statistics.ts';
import {
  computedFields,
  type Field,
  type FieldValue,
  type Instance,
  type InstanceSchema,
} from '../instance/schema.ts';
import { assertComputed } from '../instance/validate.ts';
import type { TensorType } from '../onnx/model-proto.ts';
import { type ColumnKind, MAX_BINS, type Table } from '../trees/table.ts';
import type { Adapter, FittedAdapter } from './adapter.ts';

const COLUMNS_FILE = 'columns.json';
const FORMAT = 'epochlog-columns-1';

/** Codes of a category: that of a missing one, of one not seen in training, and of the first that was. */
const MISSING_CODE = 0;
export const UNKNOWN_CODE = 1;
const FIRST_CODE = 2;

export const datePart = z.enum(['day', 'month', 'weekday', 'hour']);
type DatePart = z.infer<typeof datePart>;

const columnSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('number'), field: z.string() }),
  /** of a date: days since 1970, the month from 1, the day of the week from 0 for Sunday, or the hour, as written */
  z.object({ kind: z.literal('date'), field: z.string(), part: datePart }),
  z.object({
    kind: z.literal('category'),
    field: z.string(),
    values: z.array(z.string()).max(MAX_BINS - FIRST_CODE),
  }),
  /** of a category, a number that was learnt of its training rows; see GroupStatistic */
  z.object({
    kind: z.literal('group'),
    field: z.string(),
    of: z.string(),
    statistic: z.enum(STATISTICS),
    values: z.record(z.string(), z.number()),
    other: z.number(),
  }),
]);

/** A column of the table that instances become. */
export type Column = z.infer<typeof columnSchema>;

const fileSchema = z.object({ format: z.literal(FORMAT), columns: z.array(columnSchema).min(1) });

export const TABULAR_INPUTS: readonly TensorType[] = [
  { name: 'row', type: 'float', shape: ['batch', 'columns'] },
];

/** Numbers, booleans, dates and categories as one row: NaN for a missing number, a code for each category. */
export const adapter: Adapter = {
  open(_, data, schema) {
    const columns = parseColumns(data, schema.fields);
    const isComputed = computedFields(schema).length > 0;
    return {
      inputsOf(instances) {
        if (isComputed) for (const instance of instances) assertComputed(schema, instance);
        const { rows, values } = tableOf(columns, instances);
        return { row: { dims: [rows, columns.length], data: values } };
      },
      monitoredOf: (instance) =>
        Object.fromEntries(
          columns
            .filter(({ kind }) => kind !== 'date' && kind !== 'group')
            .map(({ field }) => [field, monitored(instance[field])]),
        ),
    };
  },
};

export const fittedTabular = (columns: readonly Column[]): FittedAdapter => ({
  settings: { name: 'tabular', file: COLUMNS_FILE },
  data: new TextEncoder().encode(`${JSON.stringify({ format: FORMAT, columns }, null, 1)}\n`),
  inputs: TABULAR_INPUTS,
});

/**
 * The columns of the fields of a schema. A category has the values seen in the training data, the most frequent ones
 * where there are more than fit; others share the code of what is unknown. Statistics of groups come after them.
 *
 * @param groups as `fitGroupStatistics` takes them
 * @throws InvalidInput `instance` when a field is a text: a table has none; `parameter` for groups that there are not
 */
export function fitColumns(
  schema: InstanceSchema,
  instances: readonly Instance[],
  groups: readonly string[] = [],
): Column[] {
  const { fields } = schema;
  const categories = Object.keys(fields).filter((field) => fields[field]!.type === 'category');
  const counts = countValues(categories, instances);
  return [
    ...Object.entries(fields).flatMap(([field, { type }]) => columnsOf(field, type, counts)),
    ...fitGroupStatistics(groups, schema, instances).map((group) => ({ kind: 'group' as const, ...group })),
  ];
}

type ValueCounts = ReadonlyMap<string, ReadonlyMap<string, number>>;

function columnsOf(field: string, type: Field['type'], counts: ValueCounts): Column[] {
  switch (type) {
    case 'number':
    case 'boolean':
      return [{ kind: 'number', field }];
    case 'date':
      return datePart.options.map((part) => ({ kind: 'date', field, part }));
    case 'category':
      return [{ kind: 'category', field, values: frequentValues(counts.get(field)!) }];
    case 'text':
      throw new InvalidInput('instance', `${field} is a text, which cannot be a column of a table`);
  }
}

/** How often each value of each field occurs. */
function countValues(fields: readonly string[], instances: readonly Instance[]): ValueCounts {
  const counts = new Map(fields.map((field) => [field, new Map<string, number>()]));
  for (const instance of instances) {
    for (const [field, own] of counts) {
      const value = instance[field];
      if (typeof value === 'string') own.set(value, (own.get(value) ?? 0) + 1);
    }
  }
  return counts;
}

function frequentValues(counts: ReadonlyMap<string, number>): string[] {
  return [...counts]
    .sort(([a, countOfA], [b, countOfB]) => countOfB - countOfA || (a < b ? -1 : 1))
    .slice(0, MAX_BINS - FIRST_CODE)
    .map(([value]) => value)
    .sort();
}

/** The codes of the values of a category; none of another column. */
export const valueCodes = (column: Column): number[] =>
  column.kind === 'category' ? column.values.map((_, at) => at + FIRST_CODE) : [];

/** A column with the categories of a later one after its own, as many as fit: codes that are there stay as they are. */
export function extendedColumn(column: Column, later: Column): Column {
  if (column.kind !== 'category' || later.kind !== 'category') return column;
  const added = later.values.filter((value) => !column.values.includes(value));
  return { ...column, values: [...column.values, ...added].slice(0, MAX_BINS - FIRST_CODE) };
}

/** Instances as a table, row by row: an instance is scattered over the memory, so it is read once. */
export function tableOf(columns: readonly Column[], instances: readonly Instance[]): Table {
  const values = new Float32Array(instances.length * columns.length);
  const encoders = columns.map(encoderOf);
  let at = 0;
  for (const instance of instances) {
    for (let column = 0; column < columns.length; column++) {
      values[at++] = encoders[column]!(instance[columns[column]!.field] ?? null);
    }
  }
  return { rows: instances.length, columns: columns.map(kindOfColumn), values };
}

function kindOfColumn(column: Column): ColumnKind {
  if (column.kind !== 'category') return { kind: 'number' };
  return { kind: 'category', categories: column.values.length + FIRST_CODE };
}

function encoderOf(column: Column): (value: FieldValue) => number {
  switch (column.kind) {
    case 'number':
      return (value) => (value === null ? Number.NaN : Number(value));
    case 'date':
      return (value) => (value === null ? Number.NaN : partOfDate(String(value), column.part));
    case 'category': {
      const codes = new Map(column.values.map((value, at) => [value, at + FIRST_CODE]));
      return (value) => (value === null ? MISSING_CODE : (codes.get(String(value)) ?? UNKNOWN_CODE));
    }
    case 'group': {
      const values = new Map(Object.entries(column.values));
      return (value) => values.get(String(value)) ?? column.other;
    }
  }
}

/** In the zone that the date is written in; a date without a time has no hour. */
export function partOfDate(iso: string, part: DatePart): number {
  const day = Date.parse(`${iso.slice(0, 10)}T00:00:00Z`);
  if (part === 'day') return day / 86_400_000;
  if (part === 'hour') return iso.length > 10 ? Number(iso.slice(11, 13)) : Number.NaN;
  return part === 'month' ? new Date(day).getUTCMonth() + 1 : new Date(day).getUTCDay();
}

export const monitored = (value: FieldValue | undefined): number | string | null =>
  typeof value === 'boolean' ? String(value) : (value ?? null);

/** What a code of a category stands for: its value, or a number for what is missing (0) and what is unknown (1). */
export const categoryOf = (column: Column, code: number): string | number =>
  (column.kind === 'category' ? column.values[code - FIRST_CODE] : undefined) ?? code;

/** @throws InvalidPackage `malformed` */
export function parseColumns(data: Uint8Array, fields: InstanceSchema['fields']): readonly Column[] {
  try {
    const file = fileSchema.parse(JSON.parse(new TextDecoder().decode(data)));
    const stray = file.columns.find((column) => !isColumnOf(column, fields[column.field]));
    if (stray) throw new TypeError(`"${stray.field}" is no ${stray.kind} of the instance`);
    return file.columns;
  } catch (cause) {
    const why = cause instanceof TypeError ? cause.message : 'not the columns of a table; is it truncated?';
    throw new InvalidPackage('malformed', COLUMNS_FILE, why, { cause });
  }
}

/** What a column is of besides its field; the empty text of most. */
export function detailOf(column: Column): string {
  if (column.kind === 'date') return column.part;
  return column.kind === 'group' ? `${column.statistic} of ${column.of}` : '';
}

function isColumnOf({ kind }: Column, field: Field | undefined): boolean {
  if (kind === 'group') return field?.type === 'category';
  return field !== undefined && (field.type === kind || (kind === 'number' && field.type === 'boolean'));
}
