import { open, rm, stat } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { EpochlogError, messageOf } from '../../../kernel/errors.ts';
import { diskFull, isOutOfSpace } from '../../disk.ts';

const { ENOSPC, EDQUOT, EFBIG, EIO, EACCES, EPERM, EROFS, EEXIST, ENOTDIR } = constants.errno;
const MDB_MAP_FULL = -30_792;
/** MDB_PAGE_NOTFOUND, MDB_CORRUPTED, MDB_PANIC, MDB_VERSION_MISMATCH, MDB_INVALID */
const MDB_CORRUPT: readonly number[] = [-30_797, -30_796, -30_795, -30_794, -30_793];

/** Space that is asked for beside the known size of a write. */
export const MIN_FREE_BYTES = 1 << 20;

/**
 * An error of LMDB or of the file system as one of the table; any other error as it is. `bytes` is about the size of
 * the failed write.
 */
export async function translated(error: unknown, path: string, bytes = MIN_FREE_BYTES): Promise<unknown> {
  if (error instanceof EpochlogError) return error;
  const cause = await causeOf(error);
  const code = codeOf(cause);
  switch (code) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case MDB_MAP_FULL:
      return diskFull(path, cause);
    case EIO: // LMDB's error for a short write on a full disk, too
      return (await hasFreeSpace(path, bytes))
        ? failed('LOG_UNAVAILABLE', path, cause)
        : diskFull(path, cause);
    case EACCES:
    case EPERM:
    case EROFS:
      return failed('LOG_UNAVAILABLE', path, cause);
    case EEXIST:
    case ENOTDIR:
      return failed('CONFIG_INVALID', `${path} is not a folder`, cause);
    default:
      return MDB_CORRUPT.includes(code) ? corrupt(path, `cannot be read: ${messageOf(cause)}`, cause) : cause;
  }
}

/** An error of a read: damage as LOG_CORRUPT, any other error as it is. */
export function readFailure(error: unknown, path: string): unknown {
  if (error instanceof EpochlogError || !MDB_CORRUPT.includes(codeOf(error))) return error;
  return corrupt(path, `cannot be read: ${messageOf(error)}`, error);
}

export const corrupt = (
  path: string,
  what: string,
  cause?: unknown,
  remedy = 'move it away, or restore it from a backup',
): EpochlogError => new EpochlogError('LOG_CORRUPT', `${path} ${what}; ${remedy}`, { cause });

const failed = (code: 'LOG_UNAVAILABLE' | 'CONFIG_INVALID', what: string, cause: unknown): EpochlogError =>
  new EpochlogError(code, `${what}: ${messageOf(cause)}`, { cause });

/** The lmdb package gives the cause of a failed commit in a promise. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  try {
    return await error.commitError;
  } catch (cause) {
    return cause;
  }
}

/** The error number: LMDB's is in `code`, Node's, negative, in `errno`. */
function codeOf(error: unknown): number {
  if (!(error instanceof Error)) return 0;
  if ('code' in error && typeof error.code === 'number') return error.code;
  return 'errno' in error && typeof error.errno === 'number' ? -error.errno : 0;
}

/** Probes the file system: writes that many bytes to another file, at the offset where the data file ends. */
export async function hasFreeSpace(path: string, bytes: number): Promise<boolean> {
  const probe = join(path, `space-${process.pid}.probe`);
  try {
    const { size } = await stat(join(path, 'data.mdb'));
    const handle = await open(probe, 'a');
    try {
      await handle.truncate(size);
      await handle.appendFile(Buffer.alloc(2 * bytes + MIN_FREE_BYTES));
      await handle.sync();
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    return !isOutOfSpace(error);
  } finally {
    await rm(probe, { force: true });
  }
}
