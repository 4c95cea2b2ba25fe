import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemCodeOf } from '../../../kernel/errors.ts';
import { corrupt } from './failure.ts';

const FILE = 'acknowledged';
const DIGITS = 16;

/**
 * The number of acknowledged records, in a file beside the log: never more than the log has, and seldom fewer. When the
 * newer of LMDB's two meta pages is damaged, LMDB opens the older snapshot, without the last commit; only this count
 * shows it.
 */
export class AcknowledgedCount {
  readonly #path: string;
  #file: number | undefined;
  #written = 0;

  constructor(folder: string) {
    this.#path = join(folder, FILE);
  }

  /**
   * 0 without a file, and for an empty one: the process that created it was killed, or the machine lost power before its
   * content was on disk. Read it before the log, which other processes append to. LOG_CORRUPT when it is unreadable.
   */
  read(): number {
    const text = this.#text();
    if (text === undefined || /^\0*$/.test(text)) return 0;
    if (/^\d{16}\n$/.test(text)) return Number(text);
    throw corrupt(this.#path, 'is damaged', undefined, 'delete it: it is written again');
  }

  /** LOG_CORRUPT when the log has fewer records than were acknowledged. */
  assertComplete(records: number, acknowledged: number): void {
    if (records >= acknowledged) return;
    throw corrupt(
      this.#path,
      `says that ${acknowledged} records were acknowledged; the log beside it has ${records}`,
      undefined,
      'restore the whole folder from a backup, or delete this file to continue with the records that are left',
    );
  }

  /** Never fails: a count that is too low does no harm. */
  write(records: number): void {
    if (records === this.#written) return;
    try {
      this.#file ??= openSync(this.#path, constants.O_RDWR | constants.O_CREAT, 0o600);
      writeSync(this.#file, `${String(records).padStart(DIGITS, '0')}\n`, 0);
      this.#written = records;
    } catch {} // most likely a full disk
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
