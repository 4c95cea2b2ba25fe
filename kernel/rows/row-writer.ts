import type { BinaryRows } from '../ports/warehouse.ts';

/** Bytes that are reserved at first: most batches have few events of a stream, and a large one some megabytes. */
const INITIAL_BYTES = 1 << 12;
/** UTF-16 code units whose UTF-8 always has a length of one byte as LEB128 (127, three bytes a unit). */
const SHORT = 42;
const TWO_32 = 2 ** 32;

/** That rows are written in. */
export type Memory = ReturnType<typeof Buffer.allocUnsafe>;

/**
 * Memory of rows that are written, for those to come. V8 collects all garbage after each 64 MB that are allocated outside of
 * its heap: of a long log that would be several times a second.
 */
export class RowMemory {
  readonly #free = new Map<string, Memory[]>();

  /** @param of name of a table: its rows have similar sizes */
  take(of: string): Memory | undefined {
    return this.#free.get(of)?.pop();
  }

  give(of: string, bytes: Memory): void {
    const free = this.#free.get(of) ?? [];
    this.#free.set(of, free);
    free.push(bytes);
  }

  clear(): void {
    this.#free.clear();
  }
}

/**
 * Writes rows in RowBinary, ClickHouse's simplest format of rows: numbers little-endian, lengths as unsigned LEB128, and
 * the values of a row one after another (https://clickhouse.com/docs/interfaces/formats/RowBinary).
 */
export class RowWriter {
  #bytes: Memory;
  #view: DataView;
  #end = 0;
  readonly #ends: number[] = [];

  /** @param bytes to write into; they may hold anything */
  constructor(bytes: Memory = Buffer.allocUnsafe(INITIAL_BYTES)) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }

  /** Ends a row. */
  endRow(): void {
    this.#ends.push(this.#end);
  }

  /** All rows so far. They share memory with the writer. */
  rows(): BinaryRows {
    return { bytes: this.#bytes.subarray(0, this.#end), ends: this.#ends };
  }

  /** All memory, for another writer. The rows must not be used any more, by anyone they were handed to either. */
  get memory(): Memory {
    return this.#bytes;
  }

  /** Bytes that were written before. */
  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  uint8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#end++] = value;
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#end, value, true);
    this.#end += 2;
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#view.setInt32(this.#end, value, true);
    this.#end += 4;
  }

  /** An integer of up to 53 bits, signed or not, as 64 bits. */
  int64(value: number): void {
    this.#reserve(8);
    this.#view.setUint32(this.#end, value, true); // modulo 2^32
    this.#view.setInt32(this.#end + 4, Math.floor(value / TWO_32), true);
    this.#end += 8;
  }

  float32(value: number): void {
    this.#reserve(4);
    this.#view.setFloat32(this.#end, value, true);
    this.#end += 4;
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#end, value, true);
    this.#end += 8;
  }

  /** A length, or a count of elements. */
  length(value: number): void {
    this.#reserve(5);
    let rest = value;
    for (; rest > 127; rest >>>= 7) this.#bytes[this.#end++] = (rest & 127) | 128;
    this.#bytes[this.#end++] = rest;
  }

  /** A text in UTF-8; half a surrogate pair becomes U+FFFD. */
  string(text: string): void {
    if (text.length <= SHORT) {
      this.#reserve(1 + 3 * SHORT);
      const written = this.#ascii(text) ? text.length : this.#bytes.write(text, this.#end + 1, 'utf8');
      this.#bytes[this.#end] = written;
      this.#end += 1 + written;
      return;
    }
    const bytes = Buffer.byteLength(text, 'utf8');
    this.length(bytes);
    this.#reserve(bytes);
    this.#end += this.#bytes.write(text, this.#end, 'utf8');
  }

  /** Writes a text behind its length, if it is of ASCII alone: for short ones a call of native code takes longer. */
  #ascii(text: string): boolean {
    const [bytes, start] = [this.#bytes, this.#end + 1];
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return false;
      bytes[start + i] = code;
    }
    return true;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#end + bytes));
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView =>
  new DataView(buffer, byteOffset, byteLength);
