import { crc32 } from 'node:zlib';
import type { LogRecord } from '../../../kernel/ports/log.ts';

/**
 * The format of a record on disk, integers big endian:
 *
 *     checksum 4 · sequence 6 · timestamp 6 · key · headers · value to the end
 *
 * The checksum (CRC-32) covers the storage key (topic, partition, offset) and the rest of the frame, so that a frame
 * under another key is damaged too. The sequence counts the records of the whole log. A text is its length (LEB128) and
 * UTF-8. Headers are their count, then name and value of each; a name of `KNOWN_NAMES` is one byte, 1 + its index, any
 * other is a zero and the text.
 */
const SEQUENCE_AT = 4;
const TIMESTAMP_AT = 10;
const KEY_AT = 16;
const MAX_VARINT_BYTES = 5;

/** Names that nearly every record carries. Part of the format: append to it, never reorder. */
const KNOWN_NAMES: readonly string[] = [
  'ce_id',
  'ce_source',
  'ce_type',
  'ce_subject',
  'ce_time',
  'ce_sequence',
  'ce_correlationid',
  'ce_causationid',
  'ce_specversion',
  'content-type',
  'traceparent',
  'tracestate',
  'ce_instant',
];
const KNOWN = new Map(KNOWN_NAMES.map((name, index) => [name, index + 1]));

export interface Frame {
  sequence: number;
  timestamp: number;
  key: string;
  headers: Record<string, string>;
  value: Uint8Array;
}

/** Encodes a record without checksum, sequence and timestamp, which `stamp` writes when it is appended. */
export function encodeFrame(record: Omit<LogRecord, 'topic'>): Buffer {
  const headers = Object.entries(record.headers);
  const bytes = Buffer.allocUnsafe(maxSize(record, headers));
  let at = writeText(bytes, KEY_AT, record.key);
  at = writeVarint(bytes, at, headers.length);
  for (const [name, value] of headers) {
    const known = KNOWN.get(name) ?? 0;
    at = bytes.writeUInt8(known, at);
    if (known === 0) at = writeText(bytes, at, name);
    at = writeText(bytes, at, value);
  }
  bytes.set(record.value, at);
  return bytes.subarray(0, at + record.value.length);
}

export function stamp(frame: Buffer, storageKey: Buffer, sequence: number, timestamp: number): void {
  frame.writeUIntBE(sequence, SEQUENCE_AT, 6);
  frame.writeUIntBE(timestamp, TIMESTAMP_AT, 6);
  frame.writeUInt32BE(checksumOf(frame, storageKey), 0);
}

const checksumOf = (frame: Buffer, storageKey: Buffer): number =>
  crc32(frame.subarray(SEQUENCE_AT), crc32(storageKey));

/** Decodes the frame under a storage key; the value shares the frame's memory. RangeError when it is damaged. */
export function decodeFrame(frame: Buffer, storageKey: Buffer): Frame {
  if (frame.length < KEY_AT || frame.readUInt32BE(0) !== checksumOf(frame, storageKey)) {
    throw new RangeError('checksum does not match');
  }
  const cursor = { bytes: frame, at: KEY_AT };
  const key = readText(cursor);
  const headers: Record<string, string> = {};
  for (let left = readVarint(cursor); left > 0; left--) {
    const known = frame.readUInt8(cursor.at++);
    const name = known === 0 ? readText(cursor) : KNOWN_NAMES[known - 1];
    if (name === undefined) throw new RangeError('written by a newer version of epochlog');
    headers[name] = readText(cursor);
  }
  return {
    sequence: frame.readUIntBE(SEQUENCE_AT, 6),
    timestamp: frame.readUIntBE(TIMESTAMP_AT, 6),
    key,
    headers,
    value: frame.subarray(cursor.at),
  };
}

function maxSize(record: Omit<LogRecord, 'topic'>, headers: readonly [string, string][]): number {
  const textSize = (text: string) => MAX_VARINT_BYTES + Buffer.byteLength(text);
  const head = KEY_AT + textSize(record.key) + MAX_VARINT_BYTES;
  return headers.reduce(
    (size, [name, value]) => size + 1 + textSize(name) + textSize(value),
    head + record.value.length,
  );
}

function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = value;
  let next = at;
  for (; rest > 0x7f; rest >>>= 7) next = bytes.writeUInt8((rest & 0x7f) | 0x80, next);
  return bytes.writeUInt8(rest, next);
}

function writeText(bytes: Buffer, at: number, text: string): number {
  const start = writeVarint(bytes, at, Buffer.byteLength(text));
  return start + bytes.write(text, start);
}

interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

function readVarint(cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = cursor.bytes.readUInt8(cursor.at++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

function readText(cursor: Cursor): string {
  const size = readVarint(cursor);
  const start = cursor.at;
  cursor.at += size;
  return cursor.bytes.toString('utf8', start, cursor.at);
}
