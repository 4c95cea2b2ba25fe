import type { FieldValue, InstanceSchema } from '../instance/schema.ts';
import type { Example } from '../problem.ts';

/** An example with what else is known of it. */
export interface KnownExample extends Example {
  readonly id: string;
  /** ISO 8601; null without */
  readonly time: string | null;
  readonly group: string | null;
}

/** A way to part samples: the value of each, null where it has none. */
export interface Attribute {
  readonly name: string;
  /** in the order of the samples */
  readonly values: readonly (string | null)[];
}

const QUARTERS = 4;
/** An attribute of more values says nothing about a kind of samples. */
const MAX_VALUES = 50;

/**
 * The attributes that errors are looked at by: categories and booleans as they are, numbers and the length of texts (in words)
 * by quartile, the year, the group, and the class. Those of one value, or of very many, are left out.
 */
export function attributesOf({ fields }: InstanceSchema, samples: readonly KnownExample[]): Attribute[] {
  const ofField = Object.entries(fields).map(([name, { type }]) => {
    const values = samples.map(({ instance }) => instance[name] ?? null);
    if (type === 'number') return { name, values: quartiles(values.map(numberOf)) };
    if (type === 'text') return { name: `${name} (words)`, values: quartiles(values.map(wordsIn)) };
    if (type === 'date') return { name: `${name} (year)`, values: values.map(yearOf) };
    return { name, values: values.map((value) => (value === null ? null : String(value))) };
  });
  const targets = samples.map(({ target }) => (typeof target === 'string' ? target : null));
  return [
    ...ofField,
    { name: 'year', values: samples.map(({ time }) => yearOf(time)) },
    { name: 'group', values: samples.map(({ group }) => group) },
    { name: 'class', values: targets },
  ].filter(({ values }) => {
    const size = new Set(values.filter((value) => value !== null)).size;
    return size > 1 && size <= MAX_VALUES;
  });
}

const numberOf = (value: FieldValue): number | null => (typeof value === 'number' ? value : null);
const wordsIn = (value: FieldValue): number | null =>
  value === null ? null : String(value).split(/\s+/).filter(Boolean).length;
const yearOf = (value: FieldValue): string | null => (value === null ? null : String(value).slice(0, 4));

/** Each number as the quarter of the numbers that it lies in: `[low, high)`, the last one with its end. */
function quartiles(numbers: readonly (number | null)[]): (string | null)[] {
  const sorted = numbers.filter((value) => value !== null).sort((a, b) => a - b);
  if (sorted.length === 0) return numbers.map(() => null);
  const edges = [
    ...new Set(
      Array.from(
        { length: QUARTERS + 1 },
        (_, at) => sorted[Math.round((at * (sorted.length - 1)) / QUARTERS)]!,
      ),
    ),
  ];
  const last = edges.length - 2;
  return numbers.map((value) => {
    if (value === null || last < 0) return null;
    const bin = Math.min(
      Math.max(
        edges.findLastIndex((edge) => edge <= value),
        0,
      ),
      last,
    );
    return `${shown(edges[bin]!)} to ${shown(edges[bin + 1]!)}`;
  });
}

const shown = (value: number): string => String(Number(value.toPrecision(4)));
