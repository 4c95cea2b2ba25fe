import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCodec } from './codec.ts';
import { EpochlogError } from './errors.ts';
import type { RecordedEvent } from './event.ts';
import type { StoredRecord } from './ports/log.ts';
import type { SchemaRegistry } from './ports/registry.ts';
import { newOrderEvent, ORDER_SCHEMAS, ORDERS, type OrderEvent, recorded } from './testing/orders.ts';

function registryInMemory(): SchemaRegistry {
  const schemas: string[] = [];
  return {
    async idOf(_subject, schema) {
      if (!schemas.includes(schema)) schemas.push(schema);
      return schemas.indexOf(schema);
    },
    schemaOf: async (id) => schemas[id] ?? '',
  };
}

const codecWith = (registry: SchemaRegistry) =>
  createCodec<OrderEvent>(registry, { catalogue: ORDERS, schemas: ORDER_SCHEMAS });
const codec = await codecWith(registryInMemory());
const accepted = recorded(newOrderEvent('OrderAccepted', { orderId: 'o1', reason: 'paid' }));
const stored = { ...codec.encode(accepted), partition: 0, offset: 7, timestamp: 0 };

test('an event comes back as it was written', async () => {
  const { topic: _topic, partition: _partition, offset: _offset, ...event } = accepted;
  expect(await codec.decode(stored)).toEqual([{ ...event, topic: stored.topic, partition: 0, offset: 7 }]);
});

test('a record of a schema that was read before is decoded at once, to the same event', async () => {
  const fresh = await codecWith(registryInMemory());
  expect(fresh.decodeNow(stored)).toBeUndefined();
  const [event] = await fresh.decode(stored);
  expect(fresh.decodeNow(stored)).toEqual([event]);
});

test('data that do not fit name the field', () => {
  const wrong = { ...accepted, data: { ...accepted.data, reason: 1 } };
  expect(() => codec.encode(wrong as never)).toThrow(
    expect.objectContaining({ code: 'EVENT_INVALID', message: expect.stringContaining('reason') }),
  );
});

test('an event that is larger than a log takes is refused where it is made', () => {
  const large = (bytes: number) => ({ ...accepted, data: { ...accepted.data, reason: 'x'.repeat(bytes) } });
  expect(codec.encode(large(4_000_000) as never).value.byteLength).toBeGreaterThan(4_000_000);
  expect(() => codec.encode(large(5_000_000) as never)).toThrow(
    expect.objectContaining({ code: 'EVENT_INVALID', message: expect.stringContaining('artifact') }),
  );
});

/** As a log gives it back: texts were bytes in UTF-8. */
const throughUtf8 = ({ key, headers, ...rest }: StoredRecord): StoredRecord => {
  const utf8 = (text: string) => Buffer.from(text).toString();
  const read = Object.entries(headers).map(([name, value]) => [name, utf8(value)]);
  return { ...rest, key: utf8(key), headers: Object.fromEntries(read) };
};

const about = (orderId: string): RecordedEvent<OrderEvent> => ({
  ...accepted,
  subject: orderId,
  data: { ...accepted.data, orderId },
});

test('whatever text names an aggregate, the key, the subject and the data have it alike', async () => {
  const anyText = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(anyText, async (units) => {
      const orderId = String.fromCharCode(...units);
      const [event] = await codec.decode(throughUtf8({ ...stored, ...codec.encode(about(orderId)) }));
      expect([event?.subject, event?.data]).toEqual([
        orderId.toWellFormed(),
        { ...accepted.data, orderId: orderId.toWellFormed() },
      ]);
    }),
  );
});

test('half a surrogate pair, inside maps too, becomes U+FFFD', async () => {
  const placed = newOrderEvent('OrderPlaced', { orderId: 'o1', note: 'b\udc00', items: { 'a\ud800': 1 } });
  const [event] = await codec.decode({ ...stored, ...codec.encode(recorded(placed)) });
  expect(event?.data).toEqual({ orderId: 'o1', note: 'b\ufffd', items: { 'a\ufffd': 1 } });
});

test('a record that was written with half a surrogate pair in its key, when that was taken, decodes', async () => {
  const { value, ...record } = codec.encode(about('a???'));
  const once = Buffer.from(value);
  once.set([0xed, 0xa0, 0x80], once.indexOf('a???') + 1);
  const headers = { ...record.headers, ce_subject: 'a\ufffd' };
  const [event] = await codec.decode({ ...stored, ...record, key: 'a\ufffd', headers, value: once });
  expect(event?.subject).toBe('a\ufffd');
});

test.each([
  ['a key of another aggregate', { key: 'other' }],
  ['no key', { key: '' }],
  ['a subject of another aggregate', { headers: { ...stored.headers, ce_subject: 'other' } }],
  ['data of another aggregate', { value: codec.encode(about('other')).value }],
  ['data of no aggregate', { value: codec.encode(about('')).value, key: '' }],
  ['a time that is none', { headers: { ...stored.headers, ce_time: 'now' } }],
  ['a number that is none', { headers: { ...stored.headers, ce_sequence: 'first' } }],
  ['a negative number', { headers: { ...stored.headers, ce_sequence: '-1' } }],
])('a record of another program with %s is undecodable', async (_what, change) => {
  await expect(codec.decode({ ...stored, ...change })).rejects.toMatchObject({ code: 'EVENT_UNDECODABLE' });
  const code = 'EVENT_UNDECODABLE';
  expect(() => codec.decodeNow({ ...stored, ...change })).toThrow(expect.objectContaining({ code }));
});

test.each([
  ['too short', (value: Uint8Array) => value.slice(0, -1)],
  ['too long', (value: Uint8Array) => Buffer.concat([value, Buffer.of(0)])],
  ['of another format', (value: Uint8Array) => Buffer.concat([Buffer.of(1), value.slice(1)])],
  ['empty', () => new Uint8Array()],
])('a record that is %s is undecodable', async (_how, damage) => {
  await expect(codec.decode({ ...stored, value: damage(stored.value) })).rejects.toMatchObject({
    code: 'EVENT_UNDECODABLE',
    message: expect.stringContaining(`${stored.topic}/0@7`),
  });
});

test('a record whose schema id is that of another event, in a registry that is not its own, is undecodable', async () => {
  const [first] = ORDER_SCHEMAS.flatMap(({ events }) => events);
  const registry = { ...registryInMemory(), schemaOf: async () => JSON.stringify(first) };
  const elsewhere = await codecWith(registry);
  await expect(elsewhere.decode(stored)).rejects.toMatchObject({
    code: 'EVENT_UNDECODABLE',
    message: expect.stringMatching(
      /schema \d+ of the registry is .*, not .*OrderAccepted: the registry is not/,
    ),
  });
});

test('a registry that does not answer for now makes no record undecodable', async () => {
  const unavailable = new EpochlogError('LOG_UNAVAILABLE', 'no registry for now');
  const registry = { ...registryInMemory(), schemaOf: () => Promise.reject(unavailable) };
  const waiting = await codecWith(registry);
  await expect(waiting.decode(stored)).rejects.toBe(unavailable);
});
