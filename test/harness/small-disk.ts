import { spawnSync } from 'node:child_process';

/** A mount namespace of its own, in which the user may mount. */
const UNSHARE = ['unshare', '-rm'];

/** Whether this machine lets us mount a file system of our own. */
export const canMount =
  process.platform === 'linux' &&
  spawnSync(UNSHARE[0]!, [UNSHARE[1]!, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

/**
 * What runs the command appended to it where `folder` is a disk of that size, and `prepare` (a line of bash, which runs
 * in the folder) has been done. Nothing of it is left, or seen by others.
 */
export const onSmallDisk = (folder: string, size: string, prepare: string): readonly string[] => [
  ...UNSHARE,
  'bash',
  '-c',
  `mount -t tmpfs -o size=${size} tmpfs "$0" && (cd "$0" && ${prepare}) && exec "$@"`,
  folder,
];
