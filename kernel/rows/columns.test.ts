import type { Schema } from 'avsc';
import { describe, expect, test } from 'vitest';
import type { EventField, EventSchema } from '../schema.ts';
import { columnsOf } from './columns.ts';

const event = (name: string, ...fields: EventField[]): EventSchema => ({
  type: 'record',
  name,
  namespace: 'test',
  kind: 'fact',
  key: 'orderId',
  doc: '',
  fields,
});

/** The columns of a stream with these event types, by name. */
const typesOf = (...events: readonly EventSchema[]) =>
  Object.fromEntries(columnsOf({ name: 'orders', events }).map(({ name, type }) => [name, type]));

const streetAndCodes: { name: string; type: Schema }[] = [
  { name: 'street', type: 'string' },
  { name: 'codes', type: { type: 'array', items: 'int' } },
];
const address: Schema = {
  type: 'record',
  name: 'Address',
  fields: streetAndCodes,
};

describe('the columns of a stream', () => {
  test('are the fields of all its events, and scalars are Nullable', () => {
    expect(
      typesOf(
        event(
          'OrderPlaced',
          { name: 'orderId', type: 'string' },
          { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
          { name: 'gift', type: ['null', 'boolean'] },
        ),
        event(
          'OrderShipped',
          { name: 'orderId', type: 'string' },
          { name: 'weights', type: { type: 'map', values: 'double' } },
        ),
      ),
    ).toEqual({
      orderId: 'Nullable(String)',
      at: "Nullable(DateTime64(3, 'UTC'))",
      gift: 'Nullable(Bool)',
      weights: 'Map(String, Float64)',
    });
  });

  test('of a record that may be missing has Nullable scalars inside, of a list of records has not', () => {
    expect(
      typesOf(
        event(
          'OrderPlaced',
          { name: 'to', type: ['null', address] },
          { name: 'others', type: { type: 'array', items: { ...address, name: 'Other' } } },
        ),
      ),
    ).toEqual({
      to: 'Tuple(`street` Nullable(String), `codes` Array(Int32))',
      others: 'Array(Tuple(`street` String, `codes` Array(Int32)))',
    });
  });

  test('of a field that holds several types is JSON text', () => {
    const type = { type: 'map', values: ['null', 'string', 'double'] } satisfies Schema;
    expect(typesOf(event('OrderPlaced', { name: 'options', type }))).toEqual({ options: 'Nullable(String)' });
  });

  test('are as wide as the widest number, and have the fields of the same record in two events', () => {
    const more: Schema = { ...address, fields: [...streetAndCodes, { name: 'city', type: 'string' }] };
    expect(
      typesOf(
        event('OrderPlaced', { name: 'amount', type: 'int' }, { name: 'to', type: address }),
        event('OrderShipped', { name: 'amount', type: 'double' }, { name: 'to', type: more }),
      ),
    ).toEqual({
      amount: 'Nullable(Float64)',
      to: 'Tuple(`street` Nullable(String), `codes` Array(Int32), `city` Nullable(String))',
    });
  });

  test('cannot hold a text of one event and a number of another', () => {
    expect(() =>
      typesOf(
        event('OrderPlaced', { name: 'state', type: 'string' }),
        event('OrderShipped', { name: 'state', type: 'int' }),
      ),
    ).toThrow(
      'orders.state is Nullable(String) in one event type of the stream and Nullable(Int32) in another: name one of them otherwise',
    );
  });

  test('cannot hold bytes', () => {
    expect(() => typesOf(event('OrderPlaced', { name: 'photo', type: 'bytes' }))).toThrow(
      'OrderPlaced.photo: no column type for "bytes"',
    );
  });
});
