import avro from 'avsc';
import { expect, test } from 'vitest';
import { failing } from '../test/harness/faults.ts';
import { temporaryFolder } from '../test/harness/folder.ts';
import { type OrderServices, openOrders, startInVirtualTime } from '../test/harness/orders.ts';
import { subjectOfSchema } from './codec.ts';
import { toHeaders } from './envelope.ts';
import { EpochlogError } from './errors.ts';
import { newId } from './ids.ts';
import type { EventSchema } from './schema.ts';
import {
  newOrderEvent,
  ORDER_SCHEMAS,
  ORDERS,
  type OrderEventType,
  order,
  schemaWith,
  shipped,
} from './testing/orders.ts';
import type { Service } from './testing/warehouse.ts';
import type { Upcaster } from './upcasters.ts';

const old = (name: string, fields: Parameters<typeof schemaWith>[2]): EventSchema =>
  schemaWith(
    name,
    { namespace: 'test.orders', kind: 'request', key: 'orderId' },
    { orderId: 'string', ...fields },
  );

/** Renamed to OrderPlaced; its second version added `coupon`. */
const SALE = old('SaleRequested', { wish: 'string' });
const SALE_SINCE: EventSchema = {
  ...SALE,
  fields: [...SALE.fields, { name: 'coupon', type: ['null', 'string'], default: null }],
};
/** Split into OrderPlaced and CancelRequested. */
const TRIAL = old('TrialRequested', { days: 'int' });

const upcasters: readonly Upcaster[] = [
  {
    from: 'SaleRequested',
    to: ['OrderPlaced'],
    schema: SALE_SINCE,
    upcast: ({ orderId, wish, coupon }: { orderId: string; wish: string; coupon: string | null }) => [
      order(orderId, `${wish}, coupon ${coupon}`).data,
    ],
  },
  {
    from: 'TrialRequested',
    to: ['OrderPlaced', 'CancelRequested'],
    schema: TRIAL,
    upcast: ({ orderId, days }: { orderId: string; days: number }) => [
      order(orderId, 'trial').data,
      days === 0 ? null : newOrderEvent('CancelRequested', { orderId }).data,
    ],
  },
];

async function opened(home: string) {
  const store = await openOrders(home, {
    format: { catalogue: ORDERS, schemas: ORDER_SCHEMAS, upcasters },
  });

  /** Appends an event of an earlier version, as it was written then. */
  async function append(schema: EventSchema, data: { orderId: string; [field: string]: unknown }) {
    const id = await store.registry.idOf(subjectOfSchema('orders', schema), JSON.stringify(schema));
    const head = Buffer.alloc(5);
    head.writeUInt32BE(id, 1);
    const value = Buffer.concat([head, avro.Type.forSchema(schema).toBuffer(data)]);
    const [eventId, subject] = [newId(0), data.orderId];
    const envelope = { id: eventId, source: 'client', subject, time: 0, sequence: 0, causationId: null };
    const headers = toHeaders(schema.name, { ...envelope, correlationId: eventId });
    await store.log.append([{ topic: 'epochlog.orders', key: subject, value, headers }]);
  }
  return { store, append, [Symbol.asyncDispose]: () => store.close() };
}

test('events of every published version of a renamed or split type are read as those of today', async () => {
  await using folder = await temporaryFolder('upcast');
  await using log = await opened(folder.path);
  await log.append(SALE, { orderId: 'a', wish: 'tea' });
  await log.append(SALE_SINCE, { orderId: 'b', wish: 'tea', coupon: 'x' });
  await log.append(TRIAL, { orderId: 'c', days: 22 });
  await log.append(TRIAL, { orderId: 'd', days: 0 });
  const types: OrderEventType[] = ['OrderPlaced', 'CancelRequested'];
  const events = await Array.fromAsync(log.store.events.scan(types));
  expect(events.map(({ type, offset, data }) => [type, offset, data])).toEqual([
    ['OrderPlaced', 0, order('a', 'tea, coupon null').data],
    ['OrderPlaced', 1, order('b', 'tea, coupon x').data],
    ['OrderPlaced', 2, order('c', 'trial').data],
    ['CancelRequested', 2, { orderId: 'c' }],
    ['OrderPlaced', 3, order('d', 'trial').data],
  ]);
  expect(new Set(events.map(({ id }) => id)).size).toBe(5);
});

test('a service reacts to upcast events once, restores them, and a redrive of a split record repeats no output', async () => {
  await using folder = await temporaryFolder('upcast');
  const diary: string[] = [];
  const fail = failing(1, new EpochlogError('INPUT_INVALID', 'not yet'));
  const warehouse: Service = {
    name: 'warehouse',
    reactsTo: ['OrderPlaced', 'CancelRequested'],
    stateFrom: ['CancelRequested', 'OrderPlaced'],
    effects: true,
    start: () => ({
      evolve: ({ type }) => void diary.push(`folded ${type}`),
      react({ type, subject }) {
        if (type === 'CancelRequested') fail();
        return [shipped(subject, type === 'CancelRequested' ? 2 : 1)];
      },
    }),
  };
  const parcels = async (services: OrderServices) =>
    (await services.all('OrderShipped')).map(({ data, sequence }) => [data.parcel, sequence]);
  const folded = ['folded OrderPlaced', 'folded OrderPlaced', 'folded CancelRequested'];
  {
    await using log = await opened(folder.path);
    await log.append(SALE, { orderId: 'a', wish: 'tea' });
    await log.append(TRIAL, { orderId: 'b', days: 22 });
    await using services = await startInVirtualTime([warehouse], { store: log.store });
    await services.host.settled();
    expect(await parcels(services)).toEqual([
      [1, 1],
      [1, 1],
    ]);
  }
  expect(diary.splice(0)).toEqual(folded);
  await using log = await opened(folder.path);
  await using services = await startInVirtualTime([warehouse], { store: log.store });
  expect(diary).toEqual(folded);
  const [deadLetter] = await services.deadLetters.list();
  await services.deadLetters.redrive([deadLetter!.id], { reason: 'fixed', requestedBy: 'test' });
  await services.host.settled();
  expect(await parcels(services)).toEqual([
    [1, 1],
    [1, 1],
    [2, 2],
  ]);
});
