import { describe, expect, test } from 'vitest';
import { readAll } from '../test/contract/event-log-kit.ts';
import { temporaryFolder } from '../test/harness/folder.ts';
import { openOrders } from '../test/harness/orders.ts';
import { newId } from './ids.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { newOrderEvent, type OrderEvent, order, restock, shipped } from './testing/orders.ts';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');

const paid = (paymentId: string) => newOrderEvent('PaymentReceived', { account: 'a', paymentId, amount: 1 });

/** Publishes in a store of its own as `source`; what the log holds afterwards. */
async function publishing<T>(
  source: string,
  body: (publisher: Publisher<OrderEvent>) => Promise<T>,
  now = () => NOW,
) {
  await using folder = await temporaryFolder('publisher');
  const { log, codec, close } = await openOrders(folder.path);
  try {
    const result = await body(createPublisher(log, codec, { now }, source));
    const topics = (await log.topics()).map(({ name }) => name);
    const records = await Promise.all(topics.map((topic) => readAll(log, topic)));
    return { result, events: (await Promise.all(records.flat().map(codec.decode))).flat() };
  } finally {
    await close();
  }
}

test('a client may append requests, and the owner of a stream the only fact of an aggregate', async () => {
  const { result, events } = await publishing('bank', (publisher) =>
    publisher.publish([paid('1'), restock('1'), order('c')]),
  );
  expect(events.map(({ topic: _t, partition: _p, offset: _o, ...event }) => event)).toEqual(
    expect.arrayContaining(result),
  );
  expect(events).toHaveLength(3);
  expect(result.map(({ type, sequence }) => [type, sequence])).toEqual([
    ['PaymentReceived', 1],
    ['RestockRequested', 0],
    ['OrderPlaced', 0],
  ]);
  const correlationId = result[0]!.id;
  for (const event of result) {
    expect(event).toMatchObject({ source: 'bank', time: NOW, correlationId, causationId: null });
  }
  expect(new Set(result.map((event) => event.id)).size).toBe(3);
});

test('a correlation that is given is that of all', async () => {
  const { events } = await publishing('cli', (publisher) =>
    publisher.publish([restock('1'), restock('2')], 'given'),
  );
  expect(events.map(({ correlationId }) => correlationId)).toEqual(['given', 'given']);
});

test('what follows from an event names it as its cause, and has its correlation', async () => {
  const { events } = await publishing('bank', async (publisher) => {
    const [cause] = await publisher.publish([order('c')], 'given');
    await publisher.publish([paid('1')], cause);
    return cause;
  });
  const [cause, follows] = events;
  expect(follows).toMatchObject({ correlationId: 'given', causationId: cause!.id, sequence: 1 });
});

test.each([
  ['a fact of a stream that belongs to another', 'supplier', paid('2'), 'EVENT_NOT_OWNED'],
  ['a fact of its own stream, which only reactions number', 'warehouse', shipped('c', 1), 'EVENT_NOT_OWNED'],
  ['an aggregate without a name', 'cli', restock(''), 'EVENT_INVALID'],
  ['half a character in the name of an aggregate', 'cli', restock('a\ud800'), 'INPUT_INVALID'],
  ['a control character in the name of an aggregate', 'cli', restock('a\u0000'), 'INPUT_INVALID'],
  [
    'half a character',
    'cli',
    newOrderEvent('RestockRequested', { ...restock('1').data, note: '\udc00' }),
    'INPUT_INVALID',
  ],
  [
    'a text that is too long, of whatever event',
    'cli',
    newOrderEvent('OrderPlaced', { ...order('c').data, note: 'x'.repeat(1_001) }),
    'INPUT_INVALID',
  ],
  [
    'data that do not fit their schema',
    'cli',
    newOrderEvent('RestockRequested', {
      ...restock('1').data,
      amount: 0.5,
    }),
    'EVENT_INVALID',
  ],
])('never %s, nor any record with it', async (_what, source, wrong, code) => {
  const { result, events } = await publishing(source, (publisher) =>
    publisher.publish([restock('1'), wrong as OrderEvent]).catch((error: unknown) => error),
  );
  expect(result).toMatchObject({ code });
  expect(events).toEqual([]);
});

describe('a request with the id of its client', () => {
  const id = () => newId(Date.now());
  const publishingNow = <T>(source: string, body: (publisher: Publisher<OrderEvent>) => Promise<T>) =>
    publishing(source, body, Date.now);

  test('is appended once, however often and in parallel it is sent', async () => {
    const given = id();
    const { result, events } = await publishingNow('cli', async (publisher) => {
      for (let i = 0; i < 50; i++) await publisher.publish([restock(`before-${i}`)]);
      const parallel = await Promise.all([1, 2, 3].map(() => publisher.publishOnce(restock('1'), given)));
      for (let i = 0; i < 50; i++) await publisher.publish([restock(`after-${i}`)]);
      return [...parallel, await publisher.publishOnce(restock('1'), given)];
    });
    expect(result.map((event) => [event.id, event.correlationId, event.data])).toEqual(
      result.map(() => [given, given, restock('1').data]),
    );
    expect(events.filter((event) => event.id === given)).toHaveLength(1);
    expect(events).toHaveLength(101);
  });

  test('is a CONFLICT when its id belongs to a request with other content, of whatever type', async () => {
    const given = id();
    const { result, events } = await publishingNow('cli', async (publisher) => {
      await publisher.publishOnce(restock('1'), given);
      const others = [
        restock('2'),
        order('1'),
        newOrderEvent('RestockRequested', { ...restock('1').data, note: 'x' }),
      ];
      return Promise.allSettled(others.map((other) => publisher.publishOnce(other, given)));
    });
    expect(result).toMatchObject(result.map(() => ({ status: 'rejected', reason: { code: 'CONFLICT' } })));
    expect(events).toHaveLength(1);
  });

  test.each([
    ['no UUIDv7', 'once', 'INPUT_INVALID'],
    ['a UUIDv4', '7c9e6679-7425-40de-944b-e07fc1f90ae7', 'INPUT_INVALID'],
    ['a UUIDv7 of the future', newId(Date.now() + 7_200_000), 'INPUT_INVALID'],
  ])('is refused with %s', async (_what, given, code) => {
    const { result, events } = await publishingNow('cli', (publisher) =>
      publisher.publishOnce(restock('1'), given).catch((error: unknown) => error),
    );
    expect(result).toMatchObject({ code });
    expect(events).toEqual([]);
  });

  test('cannot be a fact', async () => {
    const { result } = await publishingNow('bank', (publisher) =>
      publisher.publishOnce(paid('1'), id()).catch((error: unknown) => error),
    );
    expect(result).toMatchObject({ code: 'EVENT_NOT_OWNED' });
  });
});
