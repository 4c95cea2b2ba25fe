import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { corrupt } from './failure.ts';
import { readMeta } from './meta.ts';

/** The beginning of LMDB's lock file (`MDB_txbody` in `mdb.c`): magic number, format, number of the last commit. */
const MAGIC = 0xbeefc0de;
const NUMBER_AT = 8;

/**
 * The number of the last commit, which all processes share in LMDB's lock file and base their next transaction on.
 *
 * LMDB as lmdb-js has it writes that number when it opens a log, and takes it from a meta page that it read shortly before
 * (OpenLDAP ITS#9496). After a commit of another process in between, the number is too low, and the next transaction would
 * overwrite that commit. So each transaction compares it with the meta pages first.
 */
export class LastCommit {
  readonly #root: RootDatabase<string, string>;
  readonly #data: string;
  readonly #dataFile: number;
  readonly #lockFile: number;

  constructor(root: RootDatabase<string, string>, path: string) {
    this.#root = root;
    this.#data = join(path, 'data.mdb');
    this.#dataFile = openSync(this.#data, 'r');
    this.#lockFile = openSync(join(path, 'lock.mdb'), 'r+');
  }

  /** Runs the body in a transaction that starts from the last commit. */
  transactionSync<T>(body: () => T): T {
    for (;;) {
      const outcome = this.#root.transactionSync(() => this.#ifBase(body));
      if (outcome) return outcome.value;
    }
  }

  /** The same; resolves once it is on disk. What the body has written is undone when it throws. */
  async transaction<T>(body: () => T): Promise<T> {
    for (;;) {
      const outcome = await this.#root.childTransaction(() => this.#ifBase(body));
      if (outcome) return outcome.value;
    }
  }

  /** Only after LMDB has closed its own: a process loses its locks on a file with any descriptor that it closes. */
  close(): void {
    closeSync(this.#lockFile);
    closeSync(this.#dataFile);
  }

  /**
   * Undefined when the transaction under way does not start from the last commit; the next one does then. LMDB's lock is held
   * in a transaction: no other process commits meanwhile.
   */
  #ifBase<T>(body: () => T): { value: T } | undefined {
    const last = readMeta(this.#dataFile, this.#data)?.transaction ?? 0;
    if (this.#root.getWriteTxnId() === last + 1) return { value: body() };
    this.#write(last);
    return undefined;
  }

  #write(last: number): void {
    const magic = Buffer.alloc(4);
    readSync(this.#lockFile, magic, 0, magic.length, 0);
    if (magic.readUInt32LE() !== MAGIC)
      throw corrupt(this.#data, 'has a lock file of another version of LMDB');
    const number = Buffer.alloc(8);
    number.writeBigUInt64LE(BigInt(last));
    writeSync(this.#lockFile, number, 0, number.length, NUMBER_AT);
  }
}
