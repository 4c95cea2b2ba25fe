import type { Field, InstanceSchema } from './schema.ts';

/** The JSON Schema (2020-12) of an instance: its fields, of which those that are not required may be null or left out. */
export function jsonSchemaOf({ fields }: InstanceSchema): Record<string, unknown> {
  const required = Object.entries(fields).flatMap(([name, field]) =>
    field.required || (field.type === 'number' && field.computed !== undefined) ? [name] : [],
  );
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, schemaOfField(field)]),
    ),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

function schemaOfField(field: Field): Record<string, unknown> {
  const { type, ...form } = formOf(field);
  const { required = false } = field;
  const computed = field.type === 'number' ? field.computed : undefined;
  const description = field.description ?? computed;
  const words = description === undefined ? {} : { description };
  if (required) return { type, ...form, ...words };
  const values = Array.isArray(form.enum) && { enum: [...form.enum, null] };
  return { type: [type, 'null'], ...form, ...values, ...words };
}

function formOf(field: Field): { type: string; [key: string]: unknown } {
  switch (field.type) {
    case 'text':
      return { type: 'string', ...(field.maxLength !== undefined && { maxLength: field.maxLength }) };
    case 'number': {
      const { minimum, maximum, unit } = field;
      return {
        type: 'number',
        ...(minimum !== undefined && { minimum }),
        ...(maximum !== undefined && { maximum }),
        ...(unit !== undefined && { 'x-unit': unit }),
      };
    }
    case 'category':
      return { type: 'string', ...(field.values && { enum: field.values }) };
    case 'boolean':
      return { type: 'boolean' };
    case 'date':
      return { type: 'string', 'x-date': 'ISO 8601: 2013-07-01 or 2013-07-01T17:05:00-05:00' };
  }
}
