import { expect, test } from 'vitest';
import { createCatalogue } from './catalogue.ts';
import { newOrderEvent, ORDERS } from './testing/orders.ts';

const payment = (account: string, paymentId: string) =>
  newOrderEvent('PaymentReceived', { account, paymentId, amount: 1 });

test('an aggregate is named by the fields of its key, joined by a slash; none of them may be empty', () => {
  expect(ORDERS.subjectOf(payment('a', '7'))).toBe('a/7');
  expect(ORDERS.keyIn(payment('a', ''))).toBeUndefined();
  expect(() => ORDERS.subjectOf(payment('', '7'))).toThrow(
    expect.objectContaining({
      code: 'EVENT_INVALID',
      message: 'PaymentReceived: account and paymentId must be a non-empty string',
    }),
  );
});

test('streams, kinds and owners are those of the catalogue', () => {
  expect(ORDERS.streams).toEqual(['orders', 'payments', 'stocks', 'deadletters']);
  expect([ORDERS.isFact('OrderPlaced'), ORDERS.isFact('OrderShipped')]).toEqual([false, true]);
  expect(ORDERS.ownerOf(ORDERS.streamOf('PaymentReceived'))).toBe('bank');
  expect([ORDERS.isEventType('OrderPlaced'), ORDERS.isEventType('toString')]).toEqual([true, false]);
});

test('an event type or a stream that it does not have is SCHEMA_UNKNOWN', () => {
  const empty = createCatalogue<string, string>({}, {});
  expect(() => empty.streamOf('OrderPlaced')).toThrow(expect.objectContaining({ code: 'SCHEMA_UNKNOWN' }));
  expect(() => empty.ownerOf('orders')).toThrow(expect.objectContaining({ code: 'SCHEMA_UNKNOWN' }));
});
