import { didYouMean } from '../../kernel/nearest.ts';
import { InvalidInput } from '../errors.ts';
import { cleanText } from '../text/clean.ts';
import { namesAsWords } from '../text/names.ts';
import { computedFields, type Field, type FieldValue, type Instance, type InstanceSchema } from './schema.ts';

const ISO_DATE = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/**
 * An instance with every field of its schema, in the order of the schema: null where a field is missing, the empty text
 * where a text is.
 *
 * @throws InvalidInput `instance`, naming the field that is unknown, missing, or not as the schema says
 */
export function validInstance({ fields }: InstanceSchema, raw: unknown): Instance {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw invalid('an instance is an object of fields');
  }
  const values = new Map(Object.entries(raw));
  const known = Object.keys(fields);
  for (const name of values.keys()) {
    if (!Object.hasOwn(fields, name)) {
      throw invalid(`there is no field '${name}'${didYouMean(name, known)}; there are ${listed(known)}`);
    }
  }
  assertComputed({ fields }, Object.fromEntries(values));
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, validValue(name, field, values.get(name))]),
  );
}

/**
 * A number that was computed of other records in training cannot be left out: a model would take it for one without such records.
 *
 * @throws InvalidInput `instance`, with what is to be sent
 */
export function assertComputed(schema: InstanceSchema, instance: Instance | Record<string, unknown>): void {
  for (const [name, computed] of computedFields(schema)) {
    if (!Object.hasOwn(instance, name))
      throw invalid(
        `${name} was computed in training, and is not here: send the ${computed}, or null where there is none`,
      );
  }
}

function validValue(name: string, field: Field, value: unknown): FieldValue {
  if (value === undefined || value === null) {
    if (field.required) throw invalid(`${name} is required: ${expected(field)}`);
    return field.type === 'text' ? '' : null;
  }
  const fault = faultOf(field, value);
  if (fault) throw invalid(`${name} ${fault}, not ${JSON.stringify(value)?.slice(0, 100)}`);
  return value as FieldValue; // which is what its field says
}

const MAX_LISTED = 40;

const listed = (names: readonly string[]): string =>
  names.length <= MAX_LISTED
    ? names.join(', ')
    : `${names.slice(0, MAX_LISTED).join(', ')} and ${names.length - MAX_LISTED} more`;

/** What a field takes. */
function expected(field: Field): string {
  switch (field.type) {
    case 'number': {
      const { minimum, maximum, unit } = field;
      const range = [minimum !== undefined && `from ${minimum}`, maximum !== undefined && `up to ${maximum}`];
      return ['a number', unit !== undefined && `in ${unit}`, ...range].filter(Boolean).join(' ');
    }
    case 'category':
      return field.values ? `one of ${listed(field.values)}` : 'a text';
    case 'boolean':
      return 'true or false';
    case 'date':
      return 'a date or a time as ISO 8601 writes it (2013-07-01T17:05:00-05:00)';
    case 'text':
      return 'a text';
  }
}

function faultOf(field: Field, value: unknown): string | undefined {
  switch (field.type) {
    case 'text': {
      const { maxLength = Number.POSITIVE_INFINITY } = field;
      if (typeof value !== 'string') return 'must be a text';
      return value.length > maxLength ? `must have at most ${maxLength} characters` : undefined;
    }
    case 'number':
      return faultOfNumber(field, value);
    case 'category': {
      if (typeof value !== 'string') return 'must be a text';
      const { values } = field;
      return values && !values.includes(value)
        ? `must be one of ${values.join(', ')}${didYouMean(value, values)}`
        : undefined;
    }
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'date': {
      const isDate = typeof value === 'string' && ISO_DATE.test(value) && !Number.isNaN(Date.parse(value));
      return isDate
        ? undefined
        : 'must be a date or a time as ISO 8601 writes it (2013-07-01T17:05:00-05:00)';
    }
  }
}

function faultOfNumber(
  { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY }: Field & { type: 'number' },
  value: unknown,
): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number';
  if (value < minimum) return `must be ${minimum} or more`;
  return value > maximum ? `must be ${maximum} or less` : undefined;
}

/** A valid instance as a model reads it: texts without their markup. To do it twice changes nothing. */
export function cleanInstance({ fields }: InstanceSchema, instance: Instance): Instance {
  return Object.fromEntries(
    Object.entries(instance).map(([name, value]) => {
      const field = fields[name];
      const clean = field?.type === 'text' && field.markup && CLEANED[field.markup];
      return [name, clean && typeof value === 'string' ? clean(value) : value];
    }),
  );
}

const CLEANED = { latex: cleanText, names: namesAsWords } as const;

const invalid = (reason: string) => new InvalidInput('instance', reason);
