import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { glob, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCodeOf } from '../../kernel/errors.ts';
import type { ArtifactStore, Digest } from '../../kernel/ports/artifacts.ts';
import { diskFull, isOutOfSpace } from '../disk.ts';
import { artifactCorrupt, artifactMissing, digestOf, digestOfStream, isDigest, pathOf } from './digest.ts';

/**
 * Opens an artifact store in a folder, created with the first artifact: `<root>/sha256/ab/abcdef…`. A file appears whole or not
 * at all, also when the process is killed or the disk is full (DISK_FULL).
 */
export async function openFolder(root: string): Promise<ArtifactStore> {
  return new FolderStore(root);
}

/** The digests of all artifacts in a folder that `openFolder` has opened. */
export async function* digestsIn(root: string): AsyncGenerator<Digest, void> {
  for await (const path of glob('sha256/*/*', { cwd: root })) {
    const digest: Digest = `sha256:${basename(path)}`;
    if (isDigest(digest)) yield digest; // else it is a draft that somebody left
  }
}

class FolderStore implements ArtifactStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async put(bytes: Uint8Array): Promise<Digest> {
    const digest = digestOf(bytes);
    const path = this.#pathOf(digest);
    const stored = await ifThere(readFile(path));
    if (!stored || digestOf(stored) !== digest) await writeWhole(path, bytes);
    return digest;
  }

  async get(digest: string): Promise<Uint8Array> {
    const path = this.#pathOf(digest);
    const bytes = await ifThere(readFile(path));
    if (!bytes) throw artifactMissing(digest, this.#root);
    if (digestOf(bytes) !== digest) throw artifactCorrupt(path);
    return bytes;
  }

  async has(digest: string): Promise<boolean> {
    return isDigest(digest) && (await ifThere(stat(this.#pathOf(digest)))) !== undefined;
  }

  async check(digest: string): Promise<void> {
    const path = this.#pathOf(digest);
    const actual = await ifThere(digestOfStream(createReadStream(path)));
    if (!actual) throw artifactMissing(digest, this.#root);
    if (actual !== digest) throw artifactCorrupt(path);
  }

  #pathOf(digest: string): string {
    return join(this.#root, pathOf(digest));
  }
}

/** The result, or undefined when the file is not there. */
async function ifThere<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes beside, and moves into place once it is on disk. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path);
  const draft = `${path}.${randomUUID()}`;
  try {
    await createFolder(folder);
    await writeToDisk(draft, bytes);
    await rename(draft, path);
    await sync(folder);
  } catch (error) {
    await rm(draft, { force: true });
    throw isOutOfSpace(error) ? diskFull(path, error) : error;
  }
}

async function writeToDisk(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Creates what is missing of a path, durably. */
async function createFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let folder = path; folder.length >= first.length; folder = dirname(folder))
    await sync(dirname(folder));
}

/** Makes the names in a folder survive a crash of the machine. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
