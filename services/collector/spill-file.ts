import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where bytes are in the file. */
interface Place {
  readonly at: number;
  readonly length: number;
}

/** Bytes that were put away: where they are, or they themselves. */
export type Spilled = Place | Uint8Array;

/**
 * Bytes that wait on the disk instead of in memory, in a temporary file that is deleted as soon as it is open: the system
 * takes its space back when it is closed, or the process ends. Where no file can be written, they stay in memory.
 */
export class SpillFile implements Disposable {
  readonly #folder: string;
  /** undefined before the first bytes, null where there can be none */
  #file: number | undefined | null;
  #length = 0;

  constructor(folder = tmpdir()) {
    this.#folder = folder;
  }

  put(bytes: Uint8Array): Spilled {
    try {
      if (this.#file === undefined) this.#file = create(this.#folder);
      if (this.#file === null) return bytes;
      const at = this.#length;
      for (let written = 0; written < bytes.length; )
        written += writeSync(this.#file, bytes, written, bytes.length - written, at + written);
      this.#length = at + bytes.length;
      return { at, length: bytes.length };
    } catch {
      this.#file ??= null; // no folder that can be written, or no space: what was put before can still be read
      return bytes;
    }
  }

  read(spilled: Spilled): Uint8Array {
    if (spilled instanceof Uint8Array) return spilled;
    const bytes = Buffer.allocUnsafe(spilled.length);
    for (let read = 0; read < bytes.length; ) {
      const count = readSync(this.#file!, bytes, read, bytes.length - read, spilled.at + read);
      if (count === 0) throw new Error(`a temporary file in ${this.#folder} ends before it should`);
      read += count;
    }
    return bytes;
  }

  [Symbol.dispose](): void {
    if (typeof this.#file === 'number') closeSync(this.#file);
    this.#file = null;
  }
}

function create(folder: string): number {
  const path = join(folder, `epochlog-${randomUUID()}`);
  const file = openSync(path, 'wx+', 0o600);
  rmSync(path);
  return file;
}
