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

test('an instance has a JSON Schema', () => {
  const miles = { type: 'number', minimum: 0, 'x-unit': 'miles', description: 'flown' };
  expect(jsonSchemaOf(schema)).toEqual({
    type: 'object',
    required: ['miles'],
    additionalProperties: false,
    properties: {
      miles,
      carrier: { type: ['string', 'null'], enum: ['UA', 'DL', null] },
      note: { type: ['string', 'null'], maxLength: 9 },
    },
  });
});
