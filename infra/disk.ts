import { EpochlogError, systemCodeOf } from '../kernel/errors.ts';

/** What the operating system answers when there is no room: disk, quota, limit of a file's size. */
const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export const isNoRoom = (error: unknown): boolean => NO_ROOM.has(systemCodeOf(error) ?? '');

export const diskFull = (path: string, cause: unknown): EpochlogError =>
  new EpochlogError(
    'DISK_FULL',
    `no room to write to ${path}: free some space or raise the quota; nothing that was acknowledged is lost`,
    { cause },
  );
