import { EpochlogError, messageOf, systemCodeOf } from '../kernel/errors.ts';

/** No space: full disk, quota, file size limit. */
const OUT_OF_SPACE: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export const isOutOfSpace = (error: unknown): boolean => OUT_OF_SPACE.has(systemCodeOf(error) ?? '');

export const diskFull = (path: string, cause?: unknown): EpochlogError =>
  new EpochlogError(
    'DISK_FULL',
    `no space left to write to ${path}: free some space or raise the quota; nothing that was acknowledged is lost`,
    { cause },
  );

/** No permission to write. */
const READ_ONLY: ReadonlySet<string> = new Set(['EROFS', 'EACCES', 'EPERM']);
/** The limit of open files is reached. */
const TOO_MANY_FILES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);

export const OPEN_FILES_ADVICE = 'allow more open files (`ulimit -n`, LimitNOFILE of systemd)';

/**
 * An error of the operating system that the user can fix, as one of the table; any other error as it is. `path` is what
 * was written.
 */
export function systemError(error: unknown, path = 'the disk'): unknown {
  const code = systemCodeOf(error) ?? '';
  if (error instanceof EpochlogError) return error;
  if (isOutOfSpace(error)) return diskFull(path, error);
  const advice = READ_ONLY.has(code)
    ? 'make it writable, or name another data folder in EPOCHLOG_HOME'
    : TOO_MANY_FILES.has(code) && OPEN_FILES_ADVICE;
  if (!advice) return error;
  return new EpochlogError('CONFIG_INVALID', `${messageOf(error)}: ${advice}`, { cause: error });
}
