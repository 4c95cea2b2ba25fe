import { expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';
import { eventFile } from './event-file.ts';

test('the checksum is that of RFC 3720', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array())).toBe(0);
});

test('an event file is a sequence of records, whose first names its format; the same run gives the same bytes', () => {
  const run = {
    name: 'papers-r1',
    started: 1_700_000_000_000,
    ended: null,
    status: 'running',
    parameters: { engine: 'linear', c: 0.5, isPaired: true },
    points: [{ time: 1_700_000_001_000, step: 1, values: { 'train/loss': 0.5 } }],
  } as const;
  const bytes = eventFile(run);
  expect(eventFile(run)).toEqual(bytes);
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    messages.push(bytes.subarray(at + 12, at + 12 + length));
    at += length + 16;
  }
  expect(messages.map((message) => message.toString('latin1'))).toEqual([
    expect.stringContaining('brain.Event:2'),
    expect.stringContaining('_hparams_/session_start_info'),
    expect.stringContaining('train/loss'),
    expect.stringContaining('_hparams_/session_end_info'),
  ]);
});
