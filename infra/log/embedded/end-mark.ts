import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemCodeOf } from '../../../kernel/errors.ts';
import { corrupt } from './failure.ts';

const FILE = 'end';
const DIGITS = 16;

/**
 * How many records the log has acknowledged, in a file beside it: never more than it has, and seldom fewer. When the
 * newest page of LMDB's two that begin a snapshot is damaged, the older one is taken for it, and the last commit is
 * gone; only this tells.
 */
export class EndMark {
  readonly #path: string;
  #file: number | undefined;
  #marked = 0;

  constructor(folder: string) {
    this.#path = join(folder, FILE);
  }

  /** 0 when there is none. Read it before the log, which may grow meanwhile. LOG_CORRUPT when it is unreadable. */
  read(): number {
    const text = this.#text();
    if (text === undefined) return 0;
    if (/^\d{16}\n$/.test(text)) return Number(text);
    throw corrupt(this.#path, 'is damaged', undefined, 'delete it: it is made anew');
  }

  /** A log that has this many records has lost some when fewer were acknowledged. */
  assertReached(records: number, acknowledged: number): void {
    if (records >= acknowledged) return;
    throw corrupt(
      this.#path,
      `says that ${acknowledged} records were acknowledged, and the log beside it has ${records}`,
      undefined,
      'restore the folder as a whole from a backup; or delete this file to go on with the records that there are',
    );
  }

  /** Never fails: what was acknowledged is in the log, and the mark is only behind. */
  write(records: number): void {
    if (records === this.#marked) return;
    try {
      this.#file ??= openSync(this.#path, constants.O_RDWR | constants.O_CREAT, 0o600);
      writeSync(this.#file, `${String(records).padStart(DIGITS, '0')}\n`, 0);
      this.#marked = records;
    } catch {} // no room, most likely
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #text(): string | undefined {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }
}
