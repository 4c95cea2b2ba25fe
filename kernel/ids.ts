import { hash, randomFillSync } from 'node:crypto';
import type { Position } from './ports/log.ts';

/** A UUID: version 7 for what comes from outside, version 8 for what a reaction emits. */
export type EventId = string & { readonly __brand: 'EventId' };

function format(bytes: Uint8Array, version: 7 | 8): EventId {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as EventId;
}

/** A new time-ordered UUIDv7 (RFC 9562) at `now`, in milliseconds since the epoch. */
export function newId(now: number): EventId {
  if (nextId === randomness.length) {
    randomFillSync(randomness);
    nextId = 0;
  }
  const bytes = randomness.subarray(nextId, nextId + ID_BYTES);
  nextId += ID_BYTES;
  bytes.writeUIntBE(now, 0, 6);
  return format(bytes, 7);
}

const ID_BYTES = 16;
/** Drawn for many ids at once: a call of the generator costs more than its bytes. */
const randomness = Buffer.alloc(256 * ID_BYTES);
let nextId = randomness.length;

const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

/** The time in a UUIDv7 in lower case, in milliseconds since the epoch; undefined for anything else. */
export const timeOfId = (id: string): number | undefined =>
  UUID_V7.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined;

/**
 * The id of the event of a timer of a service. It follows from the timer and its due time, so that a crash cannot append
 * a second one. A UUIDv8 (RFC 9562): the due time, then a SHA-256 of the three.
 */
export function timerEventId(service: string, timer: string, dueAt: number): EventId {
  const bytes = hash('sha256', `${service}/timer/${timer}/${dueAt}`, 'buffer');
  bytes.writeUIntBE(dueAt, 0, 6);
  return format(bytes, 8);
}

/**
 * The id of the `index`-th fact that a service emits for raw records up to a position. A UUIDv8 (RFC 9562): the time at
 * which the log took the last record, then a SHA-256 of the three.
 */
export function recordsEventId(
  service: string,
  last: Position & { timestamp: number },
  index: number,
): EventId {
  const text = `${service}/records/${last.topic}/${last.partition}@${last.offset}/${index}`;
  const bytes = hash('sha256', text, 'buffer');
  bytes.writeUIntBE(last.timestamp, 0, 6);
  return format(bytes, 8);
}

/**
 * The id of the `index`-th event that `service` emits because of `cause`. Doing it twice gives the same id, so
 * that it counts once. A UUIDv8 (RFC 9562): the cause's time, then a SHA-256 of the three.
 */
export function derivedId(cause: string, service: string, index: number): EventId {
  const bytes = hash('sha256', `${cause}/${service}/${index}`, 'buffer');
  bytes.write(cause.replaceAll('-', '').slice(0, 12), 0, 6, 'hex');
  return format(bytes, 8);
}
