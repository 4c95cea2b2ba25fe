import { statfsSync } from 'node:fs';
import { EpochlogError } from '../../../kernel/errors.ts';
import { diskFull } from '../../disk.ts';
import { hasFreeSpace, MIN_FREE_BYTES } from './failure.ts';

/**
 * Checks the free space on the disk before a commit. LMDB must not run into a full disk: it formats the error into a
 * buffer that is too short (`last_error` in `mdb.c`), which can crash the process.
 */
export class FreeSpace {
  readonly #path: string;
  #wasFull = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** DISK_FULL unless there is space for a commit of about so many bytes. */
  async assert(bytes: number): Promise<void> {
    const isEnough = this.#wasFull ? await hasFreeSpace(this.#path, bytes) : this.#statfsAllows(bytes);
    if (!isEnough) throw diskFull(this.#path);
    this.#wasFull = false;
  }

  /** After DISK_FULL only a probe write proves that there is space again: `statfs` does not see quotas. */
  observe(error: unknown): void {
    if (error instanceof EpochlogError && error.code === 'DISK_FULL') this.#wasFull = true;
  }

  #statfsAllows(bytes: number): boolean {
    const { bavail, bsize } = statfsSync(this.#path);
    return bavail * bsize >= 2 * bytes + MIN_FREE_BYTES;
  }
}
