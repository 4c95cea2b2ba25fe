import { randomUUID } from 'node:crypto';
import { glob } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { systemCodeOf } from '../../kernel/errors.ts';
import type { ArtifactStore, Digest, Streamed } from '../../kernel/ports/artifacts.ts';
import { diskFull, isOutOfSpace } from '../disk.ts';
import { createFolderDurably, DISK, type Files, writeDurably } from '../files.ts';
import { artifactCorrupt, artifactMissing, digestOf, digestOfStream, isDigest, pathOf } from './digest.ts';

/**
 * Opens an artifact store in a folder, created with the first artifact: `<root>/sha256/ab/abcdef…`. A file appears whole or not
 * at all, also when the process is killed, the machine loses power, or the disk is full (DISK_FULL).
 */
export async function openFolder(root: string, files: Files = DISK): Promise<ArtifactStore> {
  return new FolderStore(root, files);
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
  readonly #files: Files;
  /** folders that survive a power failure */
  readonly #durable = new Map<string, Promise<void>>();

  constructor(root: string, files: Files) {
    this.#root = resolve(root);
    this.#files = files;
  }

  async put(content: Uint8Array | Streamed): Promise<Digest> {
    const stream = () => (content instanceof Uint8Array ? [content] : content.stream());
    const digest = await digestOfStream(stream());
    const path = this.#pathOf(digest);
    try {
      await this.#createFolder(dirname(path));
      const isStored =
        (await this.#files.has(path)) && (await digestOfStream(this.#files.stream(path))) === digest;
      if (isStored) await this.#files.touch(path); // from here on `delete` leaves it; what was deleted just before is written
      if (isStored && (await this.#files.has(path))) await this.#files.syncFolder(dirname(path));
      else await writeDurably(path, stream(), `${path}.${randomUUID()}`, this.#files);
      return digest;
    } catch (error) {
      throw isOutOfSpace(error) ? diskFull(path, error) : error;
    }
  }

  async get(digest: string): Promise<Uint8Array> {
    const path = this.#pathOf(digest);
    const bytes = await this.#files.read(path);
    if (!bytes) throw artifactMissing(digest, this.#root);
    if (digestOf(bytes) !== digest) throw artifactCorrupt(path);
    return bytes;
  }

  async open(digest: string): Promise<Streamed> {
    await this.check(digest);
    return { stream: () => this.#files.stream(this.#pathOf(digest)) };
  }

  async has(digest: string): Promise<boolean> {
    return isDigest(digest) && (await this.#files.has(this.#pathOf(digest)));
  }

  async check(digest: string): Promise<void> {
    const path = this.#pathOf(digest);
    try {
      if ((await digestOfStream(this.#files.stream(path))) !== digest) throw artifactCorrupt(path);
    } catch (error) {
      throw systemCodeOf(error) === 'ENOENT' ? artifactMissing(digest, this.#root) : error;
    }
  }

  async delete(digest: string, before: number): Promise<boolean> {
    const path = this.#pathOf(digest);
    if (!(await this.#isOlder(path, before))) return false;
    const draft = `${path}.${randomUUID()}`;
    await this.#files.rename(path, draft);
    if (await this.#isOlder(draft, before)) {
      await this.#files.remove(draft);
      await this.#files.syncFolder(dirname(path));
      return true;
    }
    await this.#files.rename(draft, path); // it was stored again meanwhile
    return false;
  }

  async #isOlder(path: string, before: number): Promise<boolean> {
    const modifiedAt = await this.#files.modifiedAt(path);
    return modifiedAt !== undefined && modifiedAt < before;
  }

  #pathOf(digest: string): string {
    return join(this.#root, pathOf(digest));
  }

  /** Once for each folder: `<root>/sha256/ab`, and those above it up to the root. */
  #createFolder(path: string): Promise<void> {
    const created = this.#durable.get(path) ?? this.#create(path);
    this.#durable.set(path, created);
    created.catch(() => this.#durable.delete(path));
    return created;
  }

  async #create(path: string): Promise<void> {
    if (path === this.#root) return createFolderDurably(path, this.#files);
    await this.#createFolder(dirname(path));
    await this.#files.createFolder(path);
    await this.#files.syncFolder(dirname(path)); // also when it was there: who created it may not have come to that
  }
}
