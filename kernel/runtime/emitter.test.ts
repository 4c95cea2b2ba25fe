import { expect, test } from 'vitest';
import { mapsInMemory } from '../ports/states.ts';
import { newOrderEvent, ORDERS, recorded, shipped } from '../testing/orders.ts';
import { Emitter } from './emitter.ts';

const accepted = newOrderEvent('OrderAccepted', { orderId: 'o1', reason: 'paid' });
const parcel = shipped('o1', 1);
const cause = recorded(accepted, 7);

test('facts of an aggregate continue after the restored sequence; requests have none', () => {
  const emitter = new Emitter('warehouse', { now: () => 5 }, ORDERS, mapsInMemory());
  emitter.restore({ ...cause, subject: 'o1', sequence: 4 }, 'orders', false);
  const events = emitter.reactionTo(cause)([accepted, parcel]);
  expect(events.map(({ sequence }) => sequence)).toEqual([5, 6]);
  expect(
    events.every(
      ({ causationId, correlationId }) => causationId === cause.id && correlationId === cause.correlationId,
    ),
  ).toBe(true);
  const request = newOrderEvent('OrderPlaced', { orderId: 'o2', note: '', items: {} });
  expect(emitter.reactionTo(cause)([request])[0]?.sequence).toBe(0);
});

test('a repeated reaction emits only what is not yet in the log, under the same ids', () => {
  const first = new Emitter('warehouse', { now: () => 5 }, ORDERS, mapsInMemory());
  const [one, two] = first.reactionTo(cause)([accepted, parcel]);
  const second = new Emitter('warehouse', { now: () => 9 }, ORDERS, mapsInMemory());
  second.restore(one!, 'orders', true);
  expect(
    second
      .reactionTo(cause)([accepted, parcel])
      .map(({ id, sequence }) => [id, sequence]),
  ).toEqual([[two?.id, 2]]);
});

test('a sequence that was not used is given again', () => {
  const emitter = new Emitter('warehouse', { now: () => 5 }, ORDERS, mapsInMemory());
  const first = emitter.reactionTo(cause)([accepted, parcel]);
  expect(first.map(({ sequence }) => sequence)).toEqual([1, 2]);
  const second = emitter.reactionTo(cause)([accepted]);
  expect(second.map(({ sequence }) => sequence)).toEqual([1]);
  emitter.emitted(cause, second);
  const third = emitter.reactionTo(cause)([accepted, parcel]);
  expect(third.map(({ type, sequence }) => [type, sequence])).toEqual([['OrderShipped', 2]]);
});

test('what a reaction emitted is forgotten once it is committed', () => {
  const emitter = new Emitter('warehouse', { now: () => 5 }, ORDERS, mapsInMemory());
  const emitAgain = () => emitter.reactionTo(cause)([accepted]);
  emitter.emitted(cause, emitAgain());
  expect(emitAgain()).toEqual([]);
  emitter.settled(cause.id);
  expect(emitAgain()).toHaveLength(1);
});

test('a fact of a stream that the service does not own is refused', () => {
  expect(() =>
    new Emitter('bank', { now: () => 0 }, ORDERS, mapsInMemory()).reactionTo(cause)([accepted]),
  ).toThrow(/written by warehouse alone/);
});
