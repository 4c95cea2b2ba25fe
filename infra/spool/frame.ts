import { crc32 } from 'node:zlib';
import type { LogRecord } from '../../kernel/ports/log.ts';

/**
 * The format of a record in a spool, integers little endian:
 *
 *     length of the rest 4 · CRC-32 of the rest 4 · length of the head 4 · head (JSON: topic, key, headers) · value
 */
const PREFIX_BYTES = 8;
const HEAD_AT = PREFIX_BYTES + 4;

export function encodeFrame({ topic, key, headers, value }: LogRecord): Buffer {
  const head = Buffer.from(JSON.stringify([topic, key, headers]));
  const frame = Buffer.allocUnsafe(HEAD_AT + head.length + value.length);
  frame.writeUInt32LE(frame.length - PREFIX_BYTES, 0);
  frame.writeUInt32LE(head.length, PREFIX_BYTES);
  frame.set(head, HEAD_AT);
  frame.set(value, HEAD_AT + head.length);
  frame.writeUInt32LE(crc32(frame.subarray(PREFIX_BYTES)), 4);
  return frame;
}

/** A record, and the number of bytes of its frame. */
export interface Framed {
  record: LogRecord;
  bytes: number;
}

/**
 * The whole frame at a place, and how many bytes it needs where there are fewer; `damaged` where there is none. The end of a
 * file whose writer was killed is one or the other.
 */
export function decodeFrame(bytes: Buffer, at: number): Framed | { needs: number } | 'damaged' {
  if (bytes.length - at < HEAD_AT) return { needs: HEAD_AT };
  const end = at + PREFIX_BYTES + bytes.readUInt32LE(at);
  const valueAt = at + HEAD_AT + bytes.readUInt32LE(at + PREFIX_BYTES);
  if (valueAt > end) return 'damaged';
  if (bytes.length < end) return { needs: end - at };
  if (bytes.readUInt32LE(at + 4) !== crc32(bytes.subarray(at + PREFIX_BYTES, end))) return 'damaged';
  const [topic, key, headers] = JSON.parse(bytes.toString('utf8', at + HEAD_AT, valueAt));
  return { record: { topic, key, headers, value: bytes.subarray(valueAt, end) }, bytes: end - at };
}
