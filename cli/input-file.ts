import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { EpochlogError, messageOf, systemCodeOf } from '../kernel/errors.ts';
import { readText, type TextFile } from '../ml/records/lines.ts';

/** The bytes of a file of records. INPUT_UNREADABLE or INPUT_EMPTY, saying which file and what to do. */
export async function readInputFile(path: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > 0) return bytes;
  } catch (error) {
    const why = systemCodeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
    throw new EpochlogError('INPUT_UNREADABLE', `cannot read ${path}: ${why}`, { cause: error });
  }
  throw new EpochlogError(
    'INPUT_EMPTY',
    `${path} is empty: give a file with one JSON object a line, or a CSV file with a header`,
  );
}

/** The text of a YAML file. */
export async function readTextFile(path: string): Promise<string> {
  return new TextDecoder().decode(await readInputFile(path));
}

/** The file, of which all can be read: that is told before services start. */
export async function readableFile(path: string): Promise<TextFile> {
  const file = { name: basename(path), bytes: await readInputFile(path) };
  for await (const _ of readText(file));
  return file;
}
