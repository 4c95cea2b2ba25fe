import { createHash } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { EpochlogError } from '../../../kernel/errors.ts';

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, with the closing zero. */
const LONGEST_PATH = 103;

/**
 * The socket of the engine of a directory: inside it, or, when that path is too long for a socket, in a private folder
 * of the user under the temporary directory, named by the hash of the directory.
 */
export function socketPathFor(directory: string): string {
  const inside = join(directory, 'engine.sock');
  if (Buffer.byteLength(inside) <= LONGEST_PATH) return inside;
  const folder = join(tmpdir(), `epochlog-${userInfo().uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(folder);
  if (uid !== userInfo().uid || (mode & 0o077) !== 0) {
    throw new EpochlogError(
      'CONFIG_INVALID',
      `${folder} must belong to you alone (mode 0700): the warehouse listens there`,
    );
  }
  return join(folder, `${createHash('sha256').update(directory).digest('hex').slice(0, 16)}.sock`);
}
