import { createHash } from 'node:crypto';
import type { LogRecord } from '../../kernel/ports/log.ts';
import { PLACE_HEADERS, schemaIdIn } from './translate.ts';

/** How a record found differs from the one that belongs there, in words; undefined when it is the same. */
export function difference(found: LogRecord, wanted: LogRecord): string | undefined {
  if (found.key !== wanted.key || found.headers.ce_id !== wanted.headers.ce_id) {
    return `there is ${nameOf(found)} where ${nameOf(wanted)} belongs`;
  }
  const name = nameOf(wanted);
  if (headersOf(found) !== headersOf(wanted)) return `${name} is there with other headers`;
  if (Buffer.compare(found.value, wanted.value) === 0) return undefined;
  const [id, wantedId] = [schemaIdIn(found.value), schemaIdIn(wanted.value)];
  return id !== wantedId && Buffer.compare(found.value.subarray(5), wanted.value.subarray(5)) === 0
    ? `${name} is there with the schema id ${id}, and this registry calls the schema ${wantedId}: ` +
        'is EPOCHLOG_REGISTRY the registry that it was before?'
    : `${name} is there with another value`;
}

const nameOf = ({ key, headers }: LogRecord): string =>
  `${headers.ce_type ?? 'a record'} ${headers.ce_id ?? 'without an id'} of ${key}`;

const headersOf = ({ headers }: LogRecord): string => JSON.stringify(Object.entries(headers));

/**
 * SHA-256 over records in their order: key, headers, value. What names a place or a number of the one log is left out:
 * the id of the schema, and in dead letters the places of other records.
 */
export class Chain {
  readonly #hash = createHash('sha256');
  #count = 0;

  /** `isTranslated`: whether its value carries the id of a schema that both logs know. */
  add({ key, headers, value }: LogRecord, isTranslated: boolean): void {
    const kept = Object.entries(headers).filter(([name]) => !PLACE_HEADERS.includes(name));
    const bytes = isTranslated ? value.subarray(5) : value;
    const head = JSON.stringify([key, kept, bytes.length]);
    this.#hash.update(`${head.length} ${head}`).update(bytes);
    this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  /** 64 hexadecimal digits of what has been added so far. */
  get digest(): string {
    return this.#hash.copy().digest('hex');
  }
}
