import { describe, expect, test } from 'vitest';
import { type InstanceSchema, kindOf } from './schema.ts';
import { cleanInstance, validInstance } from './validate.ts';

const FLIGHT: InstanceSchema = {
  fields: {
    carrier: { type: 'category', required: true, values: ['UA', 'AA', 'DL'] },
    distance_miles: { type: 'number', minimum: 0, maximum: 10_000, unit: 'mi' },
    night: { type: 'boolean' },
    scheduled: { type: 'date' },
    remark: { type: 'text', maxLength: 10 },
  },
};
const whole = {
  carrier: 'UA',
  distance_miles: 1_400,
  night: false,
  scheduled: '2013-07-01T17:05:00-05:00',
  remark: 'on time',
};

describe('an instance', () => {
  test('that fits its schema is taken, its fields in the order of the schema', () => {
    const shuffled = Object.fromEntries(Object.entries(whole).reverse());
    expect(Object.entries(validInstance(FLIGHT, shuffled))).toEqual(Object.entries(whole));
  });

  test('without optional fields has null for them, and the empty text', () => {
    const expected = { carrier: 'AA', distance_miles: null, night: null, scheduled: null, remark: '' };
    expect(validInstance(FLIGHT, { carrier: 'AA' })).toEqual(expected);
    expect(validInstance(FLIGHT, { carrier: 'AA', remark: null, night: null })).toEqual(expected);
  });

  test.each<[unknown, RegExp]>([
    [[], /^an instance is an object/],
    [null, /^an instance is an object/],
    [{}, /^carrier is required: one of UA, AA, DL$/],
    [{ carrier: null }, /^carrier is required/],
    [{ ...whole, distance: 3 }, /^there is no field 'distance'.*; there are carrier, distance_miles/],
    [{ ...whole, carier: 'UA' }, /^there is no field 'carier', did you mean 'carrier'\?/],
    [{ ...whole, constructor: 1 }, /^there is no field 'constructor'/],
    [{ ...whole, carrier: 'XX' }, /^carrier must be one of UA, AA, DL.*, not "XX"/],
    [{ ...whole, carrier: 3 }, /^carrier must be a text, not 3/],
    [{ ...whole, distance_miles: '1400' }, /^distance_miles must be a number, not "1400"/],
    [{ ...whole, distance_miles: -1 }, /^distance_miles must be 0 or more, not -1/],
    [{ ...whole, distance_miles: 10_001 }, /^distance_miles must be 10000 or less/],
    [{ ...whole, distance_miles: Number.NaN }, /^distance_miles must be a number/],
    [{ ...whole, night: 'yes' }, /^night must be true or false/],
    [{ ...whole, scheduled: 'July' }, /^scheduled must be a date/],
    [{ ...whole, scheduled: '2013-13-01' }, /^scheduled must be a date/],
    [{ ...whole, remark: 'x'.repeat(11) }, /^remark must have at most 10 characters/],
  ])('%j is refused, and the field is named', (raw, message) => {
    expect(() => validInstance(FLIGHT, raw)).toThrow(
      expect.objectContaining({ code: 'instance', message: expect.stringMatching(message) }),
    );
  });

  test('is cleaned of the markup that its schema names, and of nothing else', () => {
    const schema: InstanceSchema = {
      fields: { title: { type: 'text', markup: 'latex' }, price: { type: 'text' } },
    };
    const clean = cleanInstance(schema, { title: 'On \\emph{logs}', price: 'from $5 to $10' });
    expect(clean).toEqual({ title: 'On logs', price: 'from $5 to $10' });
    expect(cleanInstance(schema, clean)).toEqual(clean);
  });
});

test('a schema is of texts, of a table, or mixed', () => {
  const { remark, ...columns } = FLIGHT.fields;
  expect(kindOf({ fields: columns })).toBe('table');
  expect(kindOf({ fields: { remark: remark! } })).toBe('text');
  expect(kindOf(FLIGHT)).toBe('mixed');
});
