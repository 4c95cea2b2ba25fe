import { statfsSync } from 'node:fs';
import { EpochlogError } from '../../../kernel/errors.ts';
import { diskFull } from '../../disk.ts';
import { hasRoom, SOME_BYTES } from './failure.ts';

/**
 * The room on the disk of a log. LMDB is asked to write only where there is some left: it tells of a write that found
 * none in a buffer that is too short for what it says (`last_error` in `mdb.c`), which can end the process.
 */
export class Room {
  readonly #path: string;
  #ranOut = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** DISK_FULL unless there is room for a commit of about so many bytes. */
  async assert(bytes: number): Promise<void> {
    const isThere = this.#ranOut ? await hasRoom(this.#path, bytes) : this.#isLeft(bytes);
    if (!isThere) throw diskFull(this.#path);
    this.#ranOut = false;
  }

  /** Learns from an error: after DISK_FULL only a write of its own proves that there is room, as quotas hide themselves. */
  met(error: unknown): void {
    if (error instanceof EpochlogError && error.code === 'DISK_FULL') this.#ranOut = true;
  }

  #isLeft(bytes: number): boolean {
    const { bavail, bsize } = statfsSync(this.#path);
    return bavail * bsize >= 2 * bytes + SOME_BYTES;
  }
}
