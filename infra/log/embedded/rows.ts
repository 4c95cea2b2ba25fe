import { crc32 } from 'node:zlib';
import type { Database, Key } from 'lmdb';
import { corrupt, readFailure } from './failure.ts';

const CHECKSUM_BYTES = 4;

/**
 * A table beside the records. A row is a checksum (CRC-32, big endian) over key and value, then the value as JSON. A row
 * that is damaged, or under another key, is LOG_CORRUPT.
 */
export class Rows<Value, K extends Key> {
  readonly #rows: Database<Buffer, K>;
  readonly #name: string;
  readonly #path: string;

  /** `rows` must be binary; `name` and `path` are for errors. */
  constructor(rows: Database<Buffer, K>, name: string, path: string) {
    this.#rows = rows;
    this.#name = name;
    this.#path = path;
  }

  get(key: K): Value | undefined {
    return this.#reading(() => {
      const row = this.#rows.get(key);
      return row && this.#decode(key, row);
    });
  }

  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  /** All rows, in the order of their keys. */
  entries(): [K, Value][] {
    return this.#reading(() =>
      Array.from(this.#rows.getRange({}), ({ key, value }) => [key, this.#decode(key, value)]),
    );
  }

  /** Within a transaction. */
  putSync(key: K, value: Value): void {
    const json = Buffer.from(JSON.stringify(value));
    const row = Buffer.allocUnsafe(CHECKSUM_BYTES + json.length);
    row.writeUInt32BE(checksumOf(key, json));
    row.set(json, CHECKSUM_BYTES);
    this.#rows.putSync(key, row);
  }

  #decode(key: K, row: Buffer): Value {
    const json = row.subarray(CHECKSUM_BYTES);
    if (row.length > CHECKSUM_BYTES && row.readUInt32BE(0) === checksumOf(key, json))
      return JSON.parse(json.toString());
    throw corrupt(this.#path, `has a damaged row ${JSON.stringify(key)} in '${this.#name}'`);
  }

  #reading<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw readFailure(error, this.#path);
    }
  }
}

const checksumOf = (key: Key, json: Buffer): number => crc32(json, crc32(JSON.stringify(key)));
