import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { IndexedHeader } from '../../../kernel/ports/log.ts';

/**
 * The keys of the index of records: of each record one for each indexed header. A key is the header's number, its value as
 * 16 bytes, and the storage key of the record, so that records with the same value are neighbours, those of a partition in
 * the order of their offsets. Nothing is stored under it.
 */

/** Part of the format: append to it, never reorder. */
const HEADERS: readonly IndexedHeader[] = ['ce_type', 'ce_correlationid'];
export const KEYS_PER_RECORD = HEADERS.length;
const VALUE_BYTES = 16;
export const PREFIX_BYTES = 1 + VALUE_BYTES;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** There are few types, and each is in very many records. */
const types = new LRUCache<string, Buffer>({ max: 500 });

/** The prefixes of a record's keys. A header that is missing is like an empty one. */
export const prefixesOf = (headers: Readonly<Record<string, string>>): Buffer[] =>
  HEADERS.map((header) => prefixOf(header, headers[header] ?? ''));

export function prefixOf(header: IndexedHeader, value: string): Buffer {
  const known = header === 'ce_type' ? types.get(value) : undefined;
  if (known) return known;
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  prefix.writeUInt8(HEADERS.indexOf(header), 0);
  bytesOf(value).copy(prefix, 1);
  if (header === 'ce_type') types.set(value, prefix);
  return prefix;
}

/** Of ids their bytes, so that those of one time are neighbours; of anything else a hash. */
const bytesOf = (value: string): Buffer =>
  UUID.test(value)
    ? Buffer.from(value.replaceAll('-', ''), 'hex')
    : hash('sha256', value, 'buffer').subarray(0, VALUE_BYTES);
