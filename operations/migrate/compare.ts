import { createHash } from 'node:crypto';
import type { LogRecord } from '../../kernel/ports/log.ts';
import { POSITION_HEADERS, schemaIdIn } from './translate.ts';

/** How the record found differs from the expected one; undefined when they are equal. */
export function difference(found: LogRecord, expected: LogRecord): string | undefined {
  if (found.key !== expected.key || found.headers.ce_id !== expected.headers.ce_id) {
    return `it holds ${nameOf(found)}, expected is ${nameOf(expected)}`;
  }
  const name = nameOf(expected);
  if (headersOf(found) !== headersOf(expected)) return `${name} has other headers`;
  if (Buffer.compare(found.value, expected.value) === 0) return undefined;
  const [id, expectedId] = [schemaIdIn(found.value), schemaIdIn(expected.value)];
  return id !== expectedId && Buffer.compare(found.value.subarray(5), expected.value.subarray(5)) === 0
    ? `${name} has schema id ${id}, and this registry has the schema as ${expectedId}: ` +
        'does EPOCHLOG_REGISTRY name the same registry as before?'
    : `${name} has another value`;
}

const nameOf = ({ key, headers }: LogRecord): string =>
  `${headers.ce_type ?? 'a record'} ${headers.ce_id ?? 'without an id'} of ${key}`;

const headersOf = ({ headers }: LogRecord): string => JSON.stringify(Object.entries(headers));

/**
 * SHA-256 over records in order: key, headers, value. It leaves out what differs between the logs: the schema id, and in
 * dead letters the positions of other records.
 */
export class RecordsDigest {
  readonly #hash = createHash('sha256');
  #count = 0;

  /** `isTranslated`: whether the value has the id of a schema that both registries know. */
  add({ key, headers, value }: LogRecord, isTranslated: boolean): void {
    const kept = Object.entries(headers).filter(([name]) => !POSITION_HEADERS.includes(name));
    const bytes = isTranslated ? value.subarray(5) : value;
    const head = JSON.stringify([key, kept, bytes.length]);
    this.#hash.update(`${head.length} ${head}`).update(bytes);
    this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  /** Of the records added so far, 64 hexadecimal digits. */
  get digest(): string {
    return this.#hash.copy().digest('hex');
  }
}
