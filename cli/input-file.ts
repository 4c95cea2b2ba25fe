import { isUtf8 } from 'node:buffer';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { EpochlogError, messageOf, systemCodeOf } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/nearest.ts';
import { readText, type TextFile } from '../ml/records/lines.ts';
import { isParquet, openParquet } from '../ml/records/parquet.ts';

/** The bytes of a file of records. INPUT_UNREADABLE or INPUT_EMPTY, saying which file and what to do. */
export const readInputFile = (path: string): Promise<Uint8Array> =>
  readNonEmpty(path, 'give a file with one JSON object a line, or a CSV file with a header');

async function readNonEmpty(path: string, advice: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > 0) return bytes;
  } catch (error) {
    throw new EpochlogError('INPUT_UNREADABLE', `cannot read ${path}: ${await whyUnreadable(path, error)}`, {
      cause: error,
    });
  }
  throw new EpochlogError('INPUT_EMPTY', `${path} is empty: ${advice}`);
}

async function whyUnreadable(path: string, error: unknown): Promise<string> {
  const code = systemCodeOf(error);
  if (code === 'EISDIR') return 'it is a folder, name a file in it';
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return messageOf(error);
  const there = await readdir(dirname(path)).catch(() => undefined);
  if (!there) return `there is no folder ${dirname(path)}`;
  return `there is no such file${didYouMean(basename(path), there)}`;
}

/** The text of a file in UTF-8, such as YAML; a byte order mark is left out. INPUT_UNREADABLE or INPUT_EMPTY as above. */
export async function readTextFile(path: string): Promise<string> {
  const bytes = await readNonEmpty(path, 'is it the right file?');
  if (isUtf8(bytes) && !bytes.includes(0)) return new TextDecoder().decode(bytes);
  throw new EpochlogError('INPUT_UNREADABLE', `${path} is no text in UTF-8: save it as UTF-8`);
}

/** The file, of which all can be read: that is told before services start. */
export async function readableFile(path: string): Promise<TextFile> {
  const file = { name: basename(path), bytes: await readInputFile(path) };
  if (isParquet(file)) await openParquet(file);
  else for await (const _ of readText(file));
  return file;
}
