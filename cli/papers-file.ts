import { readFile } from 'node:fs/promises';
import { EpochlogError, messageOf, systemCodeOf } from '../kernel/errors.ts';

/** The bytes of a file of papers. INPUT_UNREADABLE or INPUT_EMPTY, saying which file and what to do. */
export async function readPapersFile(path: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > 0) return bytes;
  } catch (error) {
    const why = systemCodeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
    throw new EpochlogError('INPUT_UNREADABLE', `cannot read the papers ${path}: ${why}`, { cause: error });
  }
  throw new EpochlogError('INPUT_EMPTY', `${path} is empty: give a file with one paper a line, as JSON`);
}
