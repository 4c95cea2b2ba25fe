import { expect, test } from 'vitest';
import { newId } from '../ids.ts';
import type { EventField, EventSchema } from '../schema.ts';
import { columnsOf } from './columns.ts';
import { ENVELOPE, StreamRows } from './events.ts';

const schema = (name: string, ...fields: EventField[]): EventSchema => ({
  type: 'record',
  name,
  namespace: 'test',
  kind: 'fact',
  key: 'orderId',
  doc: '',
  fields,
});
const stream = {
  name: 'orders',
  events: [
    schema('OrderPlaced', { name: 'orderId', type: 'string' }, { name: 'at', type: ['null', 'long'] }),
    schema(
      'OrderWeighed',
      { name: 'weights', type: { type: 'map', values: 'double' } },
      {
        name: 'to',
        type: ['null', { type: 'record', name: 'To', fields: [{ name: 'city', type: 'string' }] }],
      },
      { name: 'orderId', type: 'string' },
      { name: 'parts', type: { type: 'array', items: 'string' } },
      { name: 'mixed', type: ['null', 'string', 'double'] },
    ),
  ],
};
const events = [
  { type: 'OrderPlaced', data: { orderId: 'ä', at: 5 } },
  {
    type: 'OrderWeighed',
    data: { weights: { a: 1 }, to: { city: 'x' }, orderId: 'b', parts: ['p', ''], mixed: 1 },
  },
  { type: 'OrderWeighed', data: { weights: {}, to: null, orderId: 'c', parts: [], mixed: null } },
  { type: 'OrderPlaced', data: { orderId: '', at: null } },
].map((event, offset) => ({
  ...event,
  id: newId(offset),
  source: 'shop',
  subject: event.data.orderId,
  time: offset,
  sequence: 1,
  correlationId: 'x',
  causationId: null,
  topic: 'epochlog.orders',
  partition: 0,
  offset,
}));

test('a row is the same whether it is known which fields its event type has', () => {
  const table = { envelope: ENVELOPE, fields: columnsOf(stream) };
  const namesOf = ({ name, fields }: EventSchema) =>
    [name, new Set(fields.map((field) => field.name))] as const;
  const known = new StreamRows({ ...table, fieldsOf: new Map(stream.events.map(namesOf)) });
  const unknown = new StreamRows({ ...table, fieldsOf: new Map() });
  for (const event of events) {
    known.add(event);
    unknown.add(event);
  }
  expect(known.rows(7)).toEqual(unknown.rows(7));
  expect(known.rows(7).ends).toHaveLength(events.length);
});

test('rows in the memory of others are the same as in memory of their own', () => {
  const table = { envelope: ENVELOPE, fields: columnsOf(stream), fieldsOf: new Map() };
  const before = new StreamRows(table);
  for (const event of events.toReversed()) before.add(event);
  const own = new StreamRows(table);
  const reused = new StreamRows(table, before.memory);
  for (const event of events) {
    own.add(event);
    reused.add(event);
  }
  expect(reused.memory).toBe(before.memory);
  expect(reused.rows(7)).toEqual(own.rows(7));
});
