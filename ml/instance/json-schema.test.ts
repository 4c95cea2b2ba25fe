import { expect, test } from 'vitest';
import { jsonSchemaOf } from './json-schema.ts';
import type { InstanceSchema } from './schema.ts';

const schema: InstanceSchema = {
  fields: {
    miles: { type: 'number', required: true, minimum: 0, unit: 'miles', description: 'flown' },
    carrier: { type: 'category', values: ['UA', 'DL'] },
    note: { type: 'text', maxLength: 9 },
  },
};

test('an instance has a JSON Schema, and one for OpenAPI 3.0, which says otherwise what may be null', () => {
  const miles = { type: 'number', minimum: 0, 'x-unit': 'miles', description: 'flown' };
  const common = { type: 'object', required: ['miles'], additionalProperties: false };
  const carrier = { enum: ['UA', 'DL', null] };
  expect(jsonSchemaOf(schema, '2020-12')).toEqual({
    ...common,
    properties: {
      miles,
      carrier: { type: ['string', 'null'], ...carrier },
      note: { type: ['string', 'null'], maxLength: 9 },
    },
  });
  expect(jsonSchemaOf(schema, 'openapi-3.0')).toEqual({
    ...common,
    properties: {
      miles,
      carrier: { type: 'string', nullable: true, ...carrier },
      note: { type: 'string', nullable: true, maxLength: 9 },
    },
  });
});
