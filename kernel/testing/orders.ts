/** A small catalogue of another domain: the kernel's own tests need no event of this project. */
import { createCatalogue } from '../catalogue.ts';
import type { EventSchema, StreamSchemas } from '../schema.ts';
import { deciderTesting } from './deciders.ts';

interface Events {
  OrderPlaced: { orderId: string; note: string; items: Readonly<Record<string, number>> };
  OrderAccepted: { orderId: string; reason: string };
  OrderShipped: { orderId: string; parcel: number };
  PaymentReceived: { account: string; paymentId: string; amount: number };
}

export type OrderEventType = keyof Events;
export type OrderEvent<T extends OrderEventType = OrderEventType> = {
  [K in T]: { type: K; data: Events[K] };
}[T];

export const ORDERS = createCatalogue(
  {
    OrderPlaced: { stream: 'orders', kind: 'request', key: ['orderId'] },
    OrderAccepted: { stream: 'orders', kind: 'fact', key: ['orderId'] },
    OrderShipped: { stream: 'orders', kind: 'fact', key: ['orderId'] },
    PaymentReceived: { stream: 'payments', kind: 'fact', key: ['account', 'paymentId'] },
  },
  {
    orders: { owner: 'warehouse', partitions: 1, oneFactPerKey: false },
    payments: { owner: 'bank', partitions: 1, oneFactPerKey: true },
  },
);

const schemaOf = (name: OrderEventType, fields: EventSchema['fields']): EventSchema => ({
  type: 'record',
  name,
  namespace: `test.${ORDERS.streamOf(name)}`,
  kind: ORDERS.isFact(name) ? 'fact' : 'request',
  key: name === 'PaymentReceived' ? ['account', 'paymentId'] : 'orderId',
  doc: '',
  fields,
});

export const ORDER_SCHEMAS: readonly StreamSchemas[] = [
  {
    name: 'orders',
    events: [
      schemaOf('OrderPlaced', [
        { name: 'orderId', type: 'string' },
        { name: 'note', type: 'string' },
        { name: 'items', type: { type: 'map', values: 'int' } },
      ]),
      schemaOf('OrderAccepted', [
        { name: 'orderId', type: 'string' },
        { name: 'reason', type: 'string' },
      ]),
      schemaOf('OrderShipped', [
        { name: 'orderId', type: 'string' },
        { name: 'parcel', type: 'int' },
      ]),
    ],
  },
  {
    name: 'payments',
    events: [
      schemaOf('PaymentReceived', [
        { name: 'account', type: 'string' },
        { name: 'paymentId', type: 'string' },
        { name: 'amount', type: 'double' },
      ]),
    ],
  },
];

export const newOrderEvent = <T extends OrderEventType>(type: T, data: Events[T]): OrderEvent<T> =>
  ({ type, data }) as OrderEvent<T>;

export const { recorded } = deciderTesting<OrderEvent>(ORDERS);
