import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import type { Keyed, Maps, ShardState } from '../../kernel/ports/states.ts';
import { decodeEntry, encodeEntry } from './entry.ts';
import type { StatesFile } from './file.ts';

const digestOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** A shard's state in the file. */
export class SavedShard implements ShardState {
  readonly #file: StatesFile;
  readonly #owner: readonly [service: string, shard: string];
  /** of the file in which the maps are */
  #generation: number;
  /** of what was saved last; 0 for nothing */
  #number = 0;
  readonly #maps = new Map<string, SavedMap<unknown>>();

  constructor(file: StatesFile, service: string, shard: string) {
    this.#file = file;
    this.#owner = [service, shard];
    this.#number = Number(this.#row()?.number ?? 0);
    this.#generation = file.generation;
  }

  /** Undefined also when it is damaged, or another process has saved since. It may be large, and is read each time. */
  get saved(): unknown {
    if (this.#generation !== this.#file.generation) return undefined;
    const row = this.#row();
    if (this.#generation !== this.#file.generation) {
      this.#number = 0;
      for (const map of this.#maps.values()) map.forgetRead();
    }
    this.#generation = this.#file.generation;
    if (Number(row?.number ?? 0) !== this.#number || !row) return undefined;
    const bytes = row.value as Uint8Array;
    return digestOf(bytes).equals(row.digest as Uint8Array) ? deserialize(bytes) : undefined;
  }

  readonly maps: Maps = <Value>(name: string) => {
    const map = this.#maps.get(name) ?? new SavedMap<unknown>((key) => this.#read(name, key));
    this.#maps.set(name, map);
    return map as Keyed<Value>;
  };

  get changes(): number {
    return this.#maps.values().reduce((sum, { changes }) => sum + changes.size, 0);
  }

  save(value: unknown): boolean {
    const bytes = serialize(value);
    const saved = this.#file.transaction((statements) => {
      const row = statements.state.get(...this.#owner);
      if (this.#generation !== this.#file.generation || Number(row?.number ?? 0) !== this.#number)
        return false;
      for (const [name, { changes }] of this.#maps) {
        for (const [key, entry] of inOrder(changes)) {
          if (entry === undefined) statements.dropEntry.run(...this.#owner, name, key);
          else statements.saveEntry.run(...this.#owner, name, key, encodeEntry(entry));
        }
      }
      statements.saveState.run(...this.#owner, this.#number + 1, digestOf(bytes), bytes);
      return true;
    });
    if (!saved) return false;
    this.#number += 1;
    for (const { changes } of this.#maps.values()) changes.clear();
    return true;
  }

  clear(): void {
    this.#file.transaction((statements) => {
      statements.dropState.run(...this.#owner);
      statements.dropEntries.run(...this.#owner);
    });
    this.#number = 0;
    for (const map of this.#maps.values()) map.forget();
  }

  /** What is in the file; undefined also when that was damaged, and is removed. */
  #row() {
    const read = () => this.#file.use(({ state }) => state.get(...this.#owner));
    const before = this.#file.generation;
    try {
      return read();
    } catch (error) {
      if (this.#file.generation === before) throw error;
      return read();
    }
  }

  #read(map: string, key: string): unknown {
    if (this.#generation !== this.#file.generation)
      throw new Error('the saved states were damaged and removed: this service must start again');
    if (this.#number === 0) return undefined; // nothing is saved yet
    const row = this.#file.use(({ entry }) => entry.get(...this.#owner, map, key));
    return row ? decodeEntry(row.value) : undefined;
  }
}

/** By key, as the file has them: then a page of the file is changed once, also by tens of thousands of entries. */
const inOrder = <Value>(changes: ReadonlyMap<string, Value>): [string, Value][] =>
  [...changes].sort(([a], [b]) => (a < b ? -1 : 1));

/** So many entries that were read last stay in memory: a decision and what follows from it read the same ones. */
const MAX_READ = 512;

/** A map on the disk, with its changes since the last save in memory. */
class SavedMap<Value> implements Keyed<Value> {
  /** undefined for what was deleted */
  readonly changes = new Map<string, Value | undefined>();
  /** as they are on the disk, undefined for what is not there; the oldest first */
  readonly #known = new Map<string, Value | undefined>();
  readonly #read: (key: string) => Value | undefined;

  constructor(read: (key: string) => Value | undefined) {
    this.#read = read;
  }

  get(key: string): Value | undefined {
    if (this.changes.has(key)) return this.changes.get(key);
    if (this.#known.has(key)) return this.#known.get(key);
    const value = this.#read(key);
    this.#known.set(key, value);
    if (this.#known.size > MAX_READ) this.#known.delete(this.#known.keys().next().value!);
    return value;
  }

  set(key: string, value: Value): void {
    this.#known.delete(key);
    this.changes.set(key, value);
  }

  delete(key: string): void {
    this.#known.delete(key);
    this.changes.set(key, undefined);
  }

  /** Nothing is on the disk any more. */
  forget(): void {
    this.forgetRead();
    this.changes.clear();
  }

  forgetRead(): void {
    this.#known.clear();
  }
}
