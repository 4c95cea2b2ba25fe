/** A small catalogue of another domain: the kernel's own tests need no event of this project. */
import { createCatalogue } from '../catalogue.ts';
import type { DeadLetterRequest } from '../dead-letters/events.ts';
import type * as event from '../event.ts';
import type { EventSchema, StreamSchemas } from '../schema.ts';
import { deciderTesting } from './deciders.ts';

interface Events {
  OrderPlaced: { orderId: string; note: string; items: Readonly<Record<string, number>> };
  CancelRequested: { orderId: string };
  OrderAccepted: { orderId: string; reason: string };
  OrderRefused: { orderId: string; code: string; reason: string };
  OrderShipped: { orderId: string; parcel: number; weight: number };
  PaymentReceived: { account: string; paymentId: string; amount: number };
  RefundRequested: { account: string };
  RestockRequested: { item: string; amount: number; note: string };
  RestockRefused: { item: string };
  DeadLetterRedriveRequested: DeadLetterRequest;
  DeadLetterDiscardRequested: DeadLetterRequest;
}

export type OrderEventType = keyof Events;
export type OrderEvent<T extends OrderEventType = OrderEventType> = {
  [K in T]: { type: K; data: Events[K] };
}[T];
export type LoggedOrderEvent<T extends OrderEventType = OrderEventType> = event.LoggedEvent<OrderEvent<T>>;
export type RecordedOrderEvent<T extends OrderEventType = OrderEventType> = event.RecordedEvent<
  OrderEvent<T>
>;

export const ORDERS = createCatalogue(
  {
    OrderPlaced: { stream: 'orders', kind: 'request', key: ['orderId'] },
    CancelRequested: { stream: 'orders', kind: 'request', key: ['orderId'] },
    OrderAccepted: { stream: 'orders', kind: 'fact', key: ['orderId'] },
    OrderRefused: { stream: 'orders', kind: 'fact', key: ['orderId'] },
    OrderShipped: { stream: 'orders', kind: 'fact', key: ['orderId'] },
    PaymentReceived: { stream: 'payments', kind: 'fact', key: ['account', 'paymentId'] },
    RefundRequested: { stream: 'payments', kind: 'request', key: ['account'] },
    RestockRequested: { stream: 'stocks', kind: 'request', key: ['item'] },
    RestockRefused: { stream: 'stocks', kind: 'fact', key: ['item'] },
    DeadLetterRedriveRequested: { stream: 'deadletters', kind: 'request', key: ['deadLetterId'] },
    DeadLetterDiscardRequested: { stream: 'deadletters', kind: 'request', key: ['deadLetterId'] },
  },
  {
    orders: { owner: 'warehouse', partitions: 1, oneFactPerKey: false },
    payments: { owner: 'bank', partitions: 1, oneFactPerKey: true },
    stocks: { owner: 'supplier', partitions: 1, oneFactPerKey: false },
    deadletters: { owner: 'outside', partitions: 1, oneFactPerKey: false },
  },
);

const FIELDS: { readonly [T in OrderEventType]: Readonly<Record<keyof Events[T], AvroType>> } = {
  OrderPlaced: { orderId: 'string', note: 'string', items: { type: 'map', values: 'int' } },
  CancelRequested: { orderId: 'string' },
  OrderAccepted: { orderId: 'string', reason: 'string' },
  OrderRefused: { orderId: 'string', code: 'string', reason: 'string' },
  OrderShipped: { orderId: 'string', parcel: 'int', weight: 'int' },
  PaymentReceived: { account: 'string', paymentId: 'string', amount: 'double' },
  RefundRequested: { account: 'string' },
  RestockRequested: { item: 'string', amount: 'int', note: 'string' },
  RestockRefused: { item: 'string' },
  DeadLetterRedriveRequested: deadLetterFields(),
  DeadLetterDiscardRequested: deadLetterFields(),
};

type AvroType = EventSchema['fields'][number]['type'];

function deadLetterFields(): Readonly<Record<keyof DeadLetterRequest, AvroType>> {
  const [texts, numbers] = [
    { deadLetterId: 'string', topic: 'string', service: 'string', code: 'string' },
    { partition: 'int', offset: 'long', attempt: 'int' },
  ] as const;
  return {
    ...texts,
    ...numbers,
    eventId: 'string',
    eventType: 'string',
    reason: 'string',
    requestedBy: 'string',
  };
}

/** The schema of an event type of a catalogue of which only the fields matter. */
export const schemaWith = (
  name: string,
  about: Pick<EventSchema, 'namespace' | 'kind' | 'key'>,
  fields: Readonly<Record<string, AvroType>>,
): EventSchema => ({
  type: 'record',
  name,
  ...about,
  doc: '',
  fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
});

export const ORDER_SCHEMAS: readonly StreamSchemas[] = ORDERS.streams.map((stream) => ({
  name: stream,
  events: ORDERS.types
    .filter((type) => ORDERS.streamOf(type) === stream)
    .map((type) => {
      const kind = ORDERS.isFact(type) ? 'fact' : 'request';
      const [key] = Object.keys(FIELDS[type]);
      const keys = type === 'PaymentReceived' ? ['account', 'paymentId'] : key!;
      return schemaWith(type, { namespace: `test.${stream}`, kind, key: keys }, FIELDS[type]);
    }),
}));

export const newOrderEvent = <T extends OrderEventType>(type: T, data: Events[T]): OrderEvent<T> =>
  ({ type, data }) as OrderEvent<T>;

/** A request for an order. */
export const order = (orderId: string, note = ''): OrderEvent<'OrderPlaced'> =>
  newOrderEvent('OrderPlaced', { orderId, note, items: {} });

/** A fact of the warehouse, of which an order has many; parcels are whole numbers, so 0.5 makes it invalid. */
export const shipped = (orderId: string, parcel: number, weight = 0): OrderEvent<'OrderShipped'> =>
  newOrderEvent('OrderShipped', { orderId, parcel, weight });

/** A request of another stream. */
export const restock = (item: string): OrderEvent<'RestockRequested'> =>
  newOrderEvent('RestockRequested', { item, amount: 0, note: '' });

export const { recorded } = deciderTesting<OrderEvent>(ORDERS);
