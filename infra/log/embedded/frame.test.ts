import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFrame, encodeFrame, stamp } from './frame.ts';
import { recordKey } from './storage.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const name = fc
  .oneof(fc.constantFrom('ce_id', 'ce_type', 'traceparent'), text)
  .filter((header) => header !== '__proto__');
const record = fc.record({
  key: text,
  headers: fc.dictionary(name, text, { noNullPrototype: true }),
  value: fc.uint8Array({ maxLength: 500 }),
});
const LARGEST = 2 ** 48 - 1;
const PLACE = recordKey(1, 2, 3);

const framed = (frame: Buffer): Buffer => {
  stamp(frame, PLACE, 7, 1_700_000_000_000);
  return frame;
};

describe('a frame', () => {
  test('decodes to the encoded record', () => {
    fc.assert(
      fc.property(record, fc.maxSafeNat(), fc.maxSafeNat(), (written, a, b) => {
        const [sequence, timestamp] = [a % LARGEST, b % LARGEST];
        const frame = encodeFrame(written);
        stamp(frame, PLACE, sequence, timestamp);
        const read = decodeFrame(frame, PLACE);
        expect({ ...read, value: [...read.value] }).toEqual({
          ...written,
          sequence,
          timestamp,
          value: [...written.value],
        });
      }),
    );
  });

  test('keeps long texts and large values', () => {
    const written = {
      key: 'k'.repeat(100_000),
      headers: { ce_id: 'é'.repeat(20_000) },
      value: new Uint8Array(2 ** 22).fill(9),
    };
    const { key, headers, value } = decodeFrame(framed(encodeFrame(written)), PLACE);
    expect({ key, headers }).toEqual({ key: written.key, headers: written.headers });
    expect(Buffer.compare(value, written.value)).toBe(0);
  });

  test('with any flipped bit or missing byte is refused', () => {
    const frame = framed(
      encodeFrame({ key: 'key', headers: { ce_id: '1', other: 'x' }, value: Buffer.from('value') }),
    );
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const damaged = Buffer.from(frame);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => decodeFrame(damaged, PLACE)).toThrow(RangeError);
    }
    for (let size = 0; size < frame.length; size++)
      expect(() => decodeFrame(frame.subarray(0, size), PLACE)).toThrow(RangeError);
  });

  test('under the key of another is refused', () => {
    const frame = framed(encodeFrame({ key: 'key', headers: {}, value: Buffer.from('value') }));
    for (const place of [recordKey(2, 2, 3), recordKey(1, 3, 3), recordKey(1, 2, 4)])
      expect(() => decodeFrame(frame, place)).toThrow(RangeError);
  });

  test('of an event has a small overhead', () => {
    const headers = {
      ce_id: 'i'.repeat(36),
      ce_source: 'trainer',
      ce_type: 'EpochCompleted',
      ce_subject: 'run-1',
      ce_time: 't'.repeat(24),
    };
    const content = Object.values(headers).join('').length + 'run-1'.length + 100;
    expect(encodeFrame({ key: 'run-1', headers, value: new Uint8Array(100) }).length - content).toBe(
      16 + 1 + 1 + 5 * 2,
    );
  });
});
