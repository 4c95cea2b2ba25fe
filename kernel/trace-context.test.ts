import { expect, test } from 'vitest';
import { toHeaders } from './envelope.ts';
import type { Envelope, LoggedEvent } from './event.ts';
import { type EventId, newId } from './ids.ts';
import type { LogRecord } from './ports/log.ts';
import { mapsInMemory } from './ports/states.ts';
import { Emitter } from './runtime/emitter.ts';
import { newOrderEvent, ORDERS, shipped } from './testing/orders.ts';
import { inOneSpan, parseTraceparent, reactionContext, traceparentOf } from './trace-context.ts';

const NOW = 1_700_000_000_000;
const id = newId(NOW);
const other = newId(NOW);

const published: Envelope = {
  id,
  source: 'cli',
  subject: 'c',
  time: NOW,
  sequence: 0,
  correlationId: id,
  causationId: null,
};
const request = {
  ...newOrderEvent('OrderPlaced', { orderId: 'o1', note: '', items: {} }),
  ...published,
  topic: 'epochlog.orders',
  partition: 0,
  offset: 0,
} as LoggedEvent;

const digits = (uuid: string) => uuid.replaceAll('-', '');

test('a request begins a trace, which is its correlation, with the span of its publication', () => {
  expect(traceparentOf(published)).toBe(`00-${digits(id)}-${digits(id).slice(16)}-01`);
});

test('what a reaction emits names the span of the reaction, whose parent is the span of its cause', () => {
  const emitted = new Emitter('warehouse', { now: () => NOW }, ORDERS, mapsInMemory()).reactionTo(request)([
    shipped('o1', 1),
    shipped('o1', 2),
  ]);
  const reaction = reactionContext('warehouse', toHeaders(request.type, request));
  expect(reaction).toEqual({
    span: { traceId: digits(id), spanId: expect.stringMatching(/^[\da-f]{16}$/) },
    parent: { traceId: digits(id), spanId: digits(id).slice(16) },
  });
  for (const event of emitted) expect(parseTraceparent(traceparentOf(event))).toEqual(reaction?.span);

  const [first] = emitted;
  const next = reactionContext('curator', toHeaders(first!.type, first!));
  expect(next).toMatchObject({ span: { traceId: digits(id) }, parent: reaction?.span });
});

test('reactions to one event differ by service, those of one service by event, and a repeated one does not', () => {
  const spanOf = (service: string, envelope: Envelope) =>
    reactionContext(service, toHeaders('CollectionRequested', envelope))?.span.spanId;
  const spans = [
    spanOf('warehouse', published),
    spanOf('curator', published),
    spanOf('warehouse', { ...published, id: other }),
  ];
  expect(new Set(spans).size).toBe(3);
  expect(spanOf('warehouse', published)).toBe(spans[0]);
});

test('the span of a reaction is part of the format of the log: the beginning of a SHA-256, of the cause and the service', () => {
  const cause = '01890000-0000-7000-8000-000000000001';
  const headers = toHeaders('RecordIngested', { ...published, id: cause as EventId });
  expect(reactionContext('curator', headers)?.span.spanId).toBe('f4e31d65b13a18cf');
});

test('records that are published together are written in one span', () => {
  const records = [published, { ...published, id: other }].map(
    (envelope): LogRecord => ({
      topic: 't',
      key: 'c',
      value: new Uint8Array(),
      headers: toHeaders('OutcomeReported', envelope),
    }),
  );
  const together = inOneSpan(records);
  expect(together.map(({ headers }) => headers.traceparent)).toEqual([
    traceparentOf(published),
    traceparentOf(published),
  ]);
  expect(together.map(({ headers: { traceparent: _, ...headers } }) => headers)).toEqual(
    records.map(({ headers: { traceparent: _, ...headers } }) => headers),
  );
  expect(inOneSpan([])).toEqual([]);
});

test.each(['', 'given', '00000000-0000-0000-0000-000000000000', digits(id).slice(1)])(
  'the correlation %j names no trace',
  (correlationId) => {
    const envelope = { ...published, correlationId };
    expect(traceparentOf(envelope)).toBeUndefined();
    expect(toHeaders('CollectionRequested', envelope)).not.toHaveProperty('traceparent');
    expect(inOneSpan([{ topic: 't', key: 'c', value: new Uint8Array(), headers: {} }])).toHaveLength(1);
    expect(reactionContext('warehouse', toHeaders('CollectionRequested', envelope))).toBeUndefined();
  },
);

test.each([
  [
    'a span of another trace is no parent',
    `00-${digits(other)}-00f067aa0ba902b7-01`,
    {
      foreign: { traceId: digits(other), spanId: '00f067aa0ba902b7' },
    },
  ],
  [
    'a span of the same trace is a parent',
    `00-${digits(id)}-00f067aa0ba902b7-00`,
    {
      parent: { traceId: digits(id), spanId: '00f067aa0ba902b7' },
    },
  ],
  [
    'a later version of the header may hold more',
    `cc-${digits(id)}-00f067aa0ba902b7-01-more`,
    {
      parent: { traceId: digits(id), spanId: '00f067aa0ba902b7' },
    },
  ],
  ['a header that is none is passed over', 'none', {}],
  ['so is a trace of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, {}],
  ['so is a span of zeros', `00-${digits(id)}-${'0'.repeat(16)}-01`, {}],
  ['so is version ff', `ff-${digits(id)}-00f067aa0ba902b7-01`, {}],
])('%s', (_what, traceparent, from) => {
  const headers = { ...toHeaders('CollectionRequested', published), traceparent };
  const { span } = reactionContext('warehouse', toHeaders('CollectionRequested', published))!;
  expect(reactionContext('warehouse', headers)).toEqual({ span, ...from });
});

test('a request without a traceparent, from a client that knows none, has no parent', () => {
  const { traceparent, ...headers } = toHeaders('CollectionRequested', published);
  expect(traceparent).toBeDefined();
  expect(reactionContext('warehouse', headers)).toEqual({
    span: { traceId: digits(id), spanId: expect.any(String) },
  });
});
