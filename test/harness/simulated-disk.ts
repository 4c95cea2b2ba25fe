import { basename, dirname } from 'node:path';
import type { Files, NewFile } from '../../infra/files.ts';

interface File {
  live: Buffer;
  /** what a power failure leaves for certain */
  synced: Buffer;
}

interface Folder {
  live: Map<string, Node>;
  synced: Map<string, Node>;
}

type Node = { file: File } | { folder: Folder };

/** `power`: nothing works any more. */
export type Fault = 'ENOSPC' | 'EIO' | 'power';
/** The fault of the n-th operation, from 0. */
export type Faults = (operation: number) => Fault | undefined;

/** A folder that holds this alone, for good. */
const newFolder = (entries: readonly (readonly [string, Node])[] = []): Folder => ({
  live: new Map(entries),
  synced: new Map(entries),
});

/** A disk on which this folder exists for good. */
export const diskWith = (path: string, faults?: Faults): SimulatedDisk =>
  new SimulatedDisk(
    faults,
    path
      .split('/')
      .filter((name) => name !== '')
      .reduceRight((folder, name) => newFolder([[name, { folder }]]), newFolder()),
  );

const failure = (code: string) => Object.assign(new Error(`${code}, simulated`), { code });

/**
 * A disk in memory that fails as it is told, and that loses power: what was synced is left, and of everything else a random
 * part. A write that fails has written a half.
 */
export class SimulatedDisk implements Files {
  readonly #faults: Faults;
  readonly #root: Folder;
  #operations = 0;
  #isOff = false;

  constructor(faults: Faults = () => undefined, root = newFolder()) {
    this.#faults = faults;
    this.#root = root;
  }

  get operations(): number {
    return this.#operations;
  }

  /** The disk after a power failure. `random`: from 0 to 1. */
  afterPowerFailure(random: () => number): SimulatedDisk {
    return new SimulatedDisk(undefined, survivors(this.#root, random));
  }

  /** The paths of all files, and what is in them. */
  files(path = '/', folder = this.#root): Map<string, Buffer> {
    const found = new Map<string, Buffer>();
    for (const [name, node] of folder.live) {
      if ('file' in node) found.set(`${path}${name}`, node.file.live);
      else
        for (const [inner, content] of this.files(`${path}${name}/`, node.folder)) found.set(inner, content);
    }
    return found;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    this.#operate();
    return this.#file(path)?.live;
  }

  async *stream(path: string): AsyncIterable<Uint8Array> {
    const content = await this.read(path);
    if (!content) throw failure('ENOENT');
    yield content;
  }

  async has(path: string): Promise<boolean> {
    return (await this.read(path)) !== undefined;
  }

  async create(path: string): Promise<NewFile> {
    this.#operate();
    const folder = this.#folder(dirname(path));
    if (folder.live.has(basename(path))) throw failure('EEXIST');
    const file: File = { live: Buffer.alloc(0), synced: Buffer.alloc(0) };
    folder.live.set(basename(path), { file });
    return {
      write: async (bytes) => {
        this.#operate(() => {
          file.live = Buffer.concat([file.live, bytes.subarray(0, bytes.length >> 1)]);
        });
        file.live = Buffer.concat([file.live, bytes]);
      },
      sync: async () => {
        this.#operate();
        file.synced = file.live;
      },
      close: async () => {},
    };
  }

  async createFolder(path: string): Promise<boolean> {
    this.#operate();
    const { live } = this.#folder(dirname(path));
    if (live.has(basename(path))) return false;
    live.set(basename(path), { folder: newFolder() });
    return true;
  }

  async syncFolder(path: string): Promise<void> {
    this.#operate();
    const folder = this.#folder(path);
    folder.synced = new Map(folder.live);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#operate();
    const [source, target] = [this.#folder(dirname(from)), this.#folder(dirname(to))];
    const node = source.live.get(basename(from));
    if (!node) throw failure('ENOENT');
    source.live.delete(basename(from));
    target.live.set(basename(to), node);
  }

  /** Its files are as old as time. */
  async modifiedAt(path: string): Promise<number | undefined> {
    return (await this.has(path)) ? 0 : undefined;
  }

  async touch(): Promise<void> {
    this.#operate();
  }

  async remove(path: string): Promise<void> {
    this.#operate();
    this.#folder(dirname(path)).live.delete(basename(path));
  }

  #operate(half: () => void = () => {}): void {
    const fault = this.#isOff ? 'power' : this.#faults(this.#operations);
    this.#operations += 1;
    if (fault === undefined) return;
    half();
    this.#isOff = fault === 'power';
    throw failure(fault);
  }

  #folder(path: string): Folder {
    if (path === '/') return this.#root;
    const node = this.#folder(dirname(path)).live.get(basename(path));
    if (!node || 'file' in node) throw failure('ENOENT');
    return node.folder;
  }

  #file(path: string): File | undefined {
    const node = this.#folder(dirname(path)).live.get(basename(path));
    return node && 'file' in node ? node.file : undefined;
  }
}

/** A folder as it is found when the power is back. */
function survivors({ live, synced }: Folder, random: () => number): Folder {
  const left = newFolder();
  for (const name of new Set([...live.keys(), ...synced.keys()])) {
    const isCertain = live.get(name) === synced.get(name);
    const node = isCertain || random() < 0.5 ? synced.get(name) : live.get(name);
    if (!node) continue;
    left.live.set(
      name,
      'file' in node ? { file: survivor(node.file, random) } : { folder: survivors(node.folder, random) },
    );
  }
  left.synced = new Map(left.live);
  return left;
}

/** Of what was not synced, the beginning may be there, or zeros. */
function survivor({ live, synced }: File, random: () => number): File {
  if (live === synced) return { live, synced };
  const length = Math.floor(random() * (live.length + 1));
  const content = random() < 0.5 ? live.subarray(0, length) : Buffer.alloc(length);
  return { live: content, synced: content };
}
