import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scratch, ScratchFile } from '../kernel/ports/scratch.ts';
import { systemError } from './disk.ts';
import { createFolderDurably } from './files.ts';

/** Scratch files in a folder, which is created with the first one. A file has no name once it is open, so that none is ever left behind. */
export const openScratch = (folder: string): Scratch => ({ create: () => new UnnamedFile(folder) });

class UnnamedFile implements ScratchFile {
  readonly #folder: string;
  #file: Promise<FileHandle> | undefined;
  #size = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array): Promise<number> {
    const offset = this.#size;
    this.#size += bytes.byteLength;
    this.#file ??= create(this.#folder);
    try {
      const file = await this.#file;
      for (let written = 0; written < bytes.byteLength; ) {
        const { bytesWritten } = await file.write(
          bytes,
          written,
          bytes.byteLength - written,
          offset + written,
        );
        written += bytesWritten;
      }
    } catch (error) {
      throw systemError(error, this.#folder);
    }
    return offset;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    const file = await this.#file;
    for (let read = 0; read < length; ) {
      const { bytesRead = 0 } = (await file?.read(bytes, read, length - read, offset + read)) ?? {};
      if (bytesRead === 0) throw new RangeError(`a scratch file has no ${length} bytes at ${offset}`);
      read += bytesRead;
    }
    return bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const file = await this.#file?.catch(() => undefined);
    this.#file = undefined;
    await file?.close();
  }
}

async function create(folder: string): Promise<FileHandle> {
  await createFolderDurably(folder);
  const path = join(folder, randomUUID());
  const file = await open(path, 'wx+', 0o600);
  await rm(path);
  return file;
}
