import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from '../kernel/errors.ts';

/**
 * What files that survive a power failure are made of. Nothing but `sync` is durable: the content of a file after a sync of
 * the file, its name after one of its folder. The tests have another implementation, which fails and loses power.
 */
export interface Files {
  /** undefined when there is no such file */
  read(path: string): Promise<Uint8Array | undefined>;
  /** ENOENT when there is no such file */
  stream(path: string): AsyncIterable<Uint8Array>;
  has(path: string): Promise<boolean>;
  /** Creates a file, readable by its owner only, that must not exist. */
  create(path: string): Promise<NewFile>;
  /** Creates a folder in one that exists; false when it exists already. */
  createFolder(path: string): Promise<boolean>;
  syncFolder(path: string): Promise<void>;
  /** Replaces what is at `to`. */
  rename(from: string, to: string): Promise<void>;
  /** When it was written, or touched since, in milliseconds since the epoch; undefined when there is no such file. */
  modifiedAt(path: string): Promise<number | undefined>;
  /** Makes it as if it had been written now; nothing when there is no such file. */
  touch(path: string): Promise<void>;
  /** Also when there is no such file. */
  remove(path: string): Promise<void>;
}

/** A file that is being written. */
export interface NewFile {
  write(bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The files of the operating system. */
export const DISK: Files = {
  read: (path) => unless('ENOENT', readFile(path), undefined),
  stream: (path) => createReadStream(path),
  has: async (path) => (await unless('ENOENT', stat(path), undefined)) !== undefined,
  async create(path) {
    const file = await open(path, 'wx', 0o600);
    return {
      write: (bytes) => file.writeFile(bytes),
      sync: () => file.sync(),
      close: () => file.close(),
    };
  },
  createFolder: (path) =>
    unless(
      'EEXIST',
      mkdir(path, { mode: 0o700 }).then(() => true),
      false,
    ),
  async syncFolder(path) {
    const folder = await open(path);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  rename,
  modifiedAt: (path) =>
    unless(
      'ENOENT',
      stat(path).then(({ mtimeMs }) => mtimeMs),
      undefined,
    ),
  touch: (path) => unless('ENOENT', utimes(path, new Date(), new Date()), undefined),
  remove: (path) => rm(path, { force: true }),
};

async function unless<T, Else>(code: string, result: Promise<T>, otherwise: Else): Promise<T | Else> {
  try {
    return await result;
  } catch (error) {
    if (systemCodeOf(error) === code) return otherwise;
    throw error;
  }
}

/**
 * Writes a file that is there whole and for good when this resolves: beside it, synced, moved into place, and its folder
 * synced. When it fails, the file is as it was.
 */
export async function writeDurably(
  path: string,
  content: Uint8Array | AsyncIterable<Uint8Array> | readonly Uint8Array[],
  draft: string,
  files: Files = DISK,
): Promise<void> {
  try {
    const file = await files.create(draft);
    try {
      for await (const bytes of content instanceof Uint8Array ? [content] : content) await file.write(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await files.rename(draft, path);
  } catch (error) {
    await files.remove(draft);
    throw error;
  }
  await files.syncFolder(dirname(path));
}

/** Creates what is missing of a path, durably. Node's own recursion never ends on a file system that refuses folders with ENOENT, such as /proc. */
export async function createFolderDurably(path: string, files: Files = DISK): Promise<void> {
  const above = dirname(path);
  try {
    if (await files.createFolder(path)) await files.syncFolder(above);
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT' || above === path) throw error;
    await createFolderDurably(above, files);
    if (await files.createFolder(path)) await files.syncFolder(above);
  }
}
