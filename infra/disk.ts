import { EpochlogError, messageOf, systemCodeOf } from '../kernel/errors.ts';

/** What the operating system answers when there is no room: disk, quota, limit of a file's size. */
const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export const isNoRoom = (error: unknown): boolean => NO_ROOM.has(systemCodeOf(error) ?? '');

export const diskFull = (path: string, cause?: unknown): EpochlogError =>
  new EpochlogError(
    'DISK_FULL',
    `no room to write to ${path}: free some space or raise the quota; nothing that was acknowledged is lost`,
    { cause },
  );

/** … when something may not be written. */
const READ_ONLY: ReadonlySet<string> = new Set(['EROFS', 'EACCES', 'EPERM']);
/** … when this process, or the machine, has as many files open as it may. */
const NO_FILES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);

/**
 * An error of the operating system that a person can mend, as one of the table; any other error as it is. `place` is
 * what was to be written.
 */
export function systemError(error: unknown, place = 'the disk'): unknown {
  const code = systemCodeOf(error) ?? '';
  if (error instanceof EpochlogError) return error;
  if (isNoRoom(error)) return diskFull(place, error);
  const advice = READ_ONLY.has(code)
    ? 'make it writable, or name another data folder in EPOCHLOG_HOME'
    : NO_FILES.has(code) && 'allow more open files (`ulimit -n`, LimitNOFILE of systemd)';
  if (!advice) return error;
  return new EpochlogError('CONFIG_INVALID', `${messageOf(error)}: ${advice}`, { cause: error });
}
