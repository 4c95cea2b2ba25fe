import { describe, expect, test } from 'vitest';
import type { StoredRecord } from '../../kernel/ports/log.ts';
import { type Dictionary, retriedLetter, schemaIdIn, translate } from './translate.ts';

const record = (fields: Partial<StoredRecord>): StoredRecord => ({
  topic: 'epochlog.records',
  partition: 0,
  offset: 7,
  timestamp: 1,
  key: '2401.00001',
  value: Buffer.from('000000000548656c6c6f', 'hex'),
  headers: { ce_id: 'id', ce_type: 'PaperIngested', other: 'ä' },
  ...fields,
});

/** Schema 5 of papers is 300 in the target; offset n is 10 n there, even offsets are in partition 1. */
const dictionary: Dictionary = {
  schemaId: (topic, id) => (topic.startsWith('epochlog.records') && id === 5 ? 300 : undefined),
  position: ({ topic, partition, offset }) =>
    partition === 0 && offset < 100 ? { topic, partition: 1 - (offset % 2), offset: 10 * offset } : undefined,
};

describe('the schema id', () => {
  test('becomes that of the other registry; every other byte stays', () => {
    const before = record({});
    const after = translate(before, dictionary);
    expect(after).toEqual({
      topic: before.topic,
      key: before.key,
      headers: before.headers,
      value: Buffer.from('000000012c48656c6c6f', 'hex'),
    });
    expect(Buffer.from(before.value).toString('hex')).toBe('000000000548656c6c6f');
  });

  test.each([
    ['an unknown id', '0000000006ff'],
    ['another first byte', '010000000548'],
    ['too few bytes', '00000000'],
    ['no bytes', ''],
  ])('stays, and so does the value: %s', (_, hex) => {
    const value = Buffer.from(hex, 'hex');
    expect(translate(record({ value }), dictionary).value).toEqual(value);
  });

  test('is read from a value within a larger buffer', () => {
    const bytes = Buffer.from('ffff000000012cff', 'hex');
    expect(schemaIdIn(new Uint8Array(bytes.buffer, bytes.byteOffset + 2, 6))).toBe(300);
    expect(schemaIdIn(bytes)).toBeUndefined();
  });
});

describe('a dead letter', () => {
  const letter = (headers: Record<string, string>) =>
    translate(record({ topic: 'epochlog.records.dlq', headers }), dictionary).headers;

  test('names the target positions of its record and of the letter it retries, its headers in order', () => {
    const headers = { dlq_partition: '0', dlq_offset: '4', ce_id: 'id', dlq_code: 'X', dlq_redrive: '0@3' };
    expect(Object.entries(letter(headers))).toEqual([
      ['dlq_partition', '1'],
      ['dlq_offset', '40'],
      ['ce_id', 'id'],
      ['dlq_code', 'X'],
      ['dlq_redrive', '0@30'],
    ]);
  });

  test.each([
    [{ dlq_partition: '0', dlq_offset: '100' }],
    [{ dlq_offset: '4' }],
    [{ dlq_partition: '0', dlq_offset: 'four', dlq_redrive: 'soon' }],
    [{}],
  ])('keeps headers that name no position: %j', (headers) => expect(letter(headers)).toEqual(headers));

  test('is known by its topic: in other topics the headers stay', () => {
    const headers = { dlq_partition: '0', dlq_offset: '4', dlq_redrive: '0@3' };
    expect(translate(record({ headers }), dictionary).headers).toEqual(headers);
  });

  test('that orders a retry names a position', () => {
    const order = record({ topic: 'epochlog.records.dlq', headers: { dlq_redrive: '2@17' } });
    expect(retriedLetter(order)).toEqual({ topic: 'epochlog.records.dlq', partition: 2, offset: 17 });
    expect(retriedLetter(record({}))).toBeUndefined();
  });
});
