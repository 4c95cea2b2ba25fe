import { expect, test } from 'vitest';
import { fromHeaders, toHeaders } from './envelope.ts';
import type { Envelope } from './event.ts';
import { derivedId, newId } from './ids.ts';

const correlationId = newId(1_700_000_000_000);
const envelope: Envelope = {
  id: derivedId(correlationId, 'curator', 0),
  source: 'curator',
  subject: '2501.00001',
  time: 1_700_000_000_123,
  sequence: 3,
  correlationId,
  causationId: correlationId,
};

test('headers carry the envelope there and back', () => {
  expect(fromHeaders(toHeaders('SampleAccepted', envelope))).toEqual(envelope);
  for (const instant of [1_600_000_000_000, -1_000])
    expect(fromHeaders(toHeaders('SampleAccepted', { ...envelope, instant }))).toEqual({
      ...envelope,
      instant,
    });
  const root = { ...envelope, causationId: null };
  expect(fromHeaders(toHeaders('SampleAccepted', root))).toEqual(root);
});

test('headers are CloudEvents in Kafka binary mode, with a W3C trace of the correlation', () => {
  expect(toHeaders('SampleAccepted', envelope)).toMatchObject({
    ce_specversion: '1.0',
    ce_type: 'SampleAccepted',
    ce_time: '2023-11-14T22:13:20.123Z',
    ce_sequence: '3',
    traceparent: expect.stringMatching(
      new RegExp(`^00-${correlationId.replaceAll('-', '')}-[0-9a-f]{16}-01$`),
    ),
  });
});

test('a header that is missing is named', () => {
  const { ce_id, ...others } = toHeaders('SampleAccepted', envelope);
  expect(ce_id).toBe(envelope.id);
  expect(() => fromHeaders(others)).toThrow(/ce_id/);
});
