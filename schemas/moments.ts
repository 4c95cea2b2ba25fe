import type { Schema } from 'avsc';
import type { EventType, NewEvent } from './catalogue.ts';
import { loadSchemas } from './load.ts';

type Converter = (value: unknown) => unknown;

/** of a moment in JavaScript, milliseconds before and after the epoch */
const MAX_MOMENT_MS = 8.64e15;

const iso: Converter = (value) =>
  typeof value === 'number' && Math.abs(value) <= MAX_MOMENT_MS ? new Date(value).toISOString() : value;

/** What writes the moments in a value of an Avro type in ISO 8601; undefined where it holds none. */
export function momentsIn(schema: Schema): Converter | undefined {
  if (Array.isArray(schema)) {
    const branches = schema.map((branch) => momentsIn(branch)).filter((converter) => converter !== undefined);
    return branches.length === 0 ? undefined : (value) => branches.reduce((done, next) => next(done), value);
  }
  if (typeof schema !== 'object') return undefined;
  if ('logicalType' in schema && schema.logicalType === 'timestamp-millis') return iso;
  if ('fields' in schema) return inRecord(schema.fields);
  if ('items' in schema) return inList(momentsIn(schema.items));
  if ('values' in schema) return inMap(momentsIn(schema.values));
  return undefined;
}

function inRecord(fields: readonly { name: string; type: Schema }[]): Converter | undefined {
  const converters = fields.flatMap(({ name, type }) => {
    const converter = momentsIn(type);
    return converter ? [[name, converter] as const] : [];
  });
  if (converters.length === 0) return undefined;
  return (value) => {
    if (typeof value !== 'object' || value === null) return value;
    const converted: Record<string, unknown> = { ...value };
    for (const [name, converter] of converters)
      if (name in converted) converted[name] = converter(converted[name]);
    return converted;
  };
}

const inList = (converter: Converter | undefined): Converter | undefined =>
  converter && ((value) => (Array.isArray(value) ? value.map(converter) : value));

const inMap = (converter: Converter | undefined): Converter | undefined =>
  converter &&
  ((value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, converter(inside)]))
      : value);

const converters = new Map(
  loadSchemas().flatMap(({ events }) =>
    events.flatMap(({ name, fields }) => {
      const converter = inRecord(fields);
      return converter ? [[name, converter] as const] : [];
    }),
  ),
);

/** The data of an event as JSON says them: moments in ISO 8601, not in milliseconds since the epoch. */
export const withIsoMoments = (
  type: EventType,
  data: NewEvent['data'] | object,
): Record<string, unknown> => ({ ...((converters.get(type)?.(data) ?? data) as object) });
