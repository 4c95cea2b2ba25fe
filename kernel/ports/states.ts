import type { Shard } from './log.ts';

/** What a fold keeps of each of very many keys, such as the samples of a corpus. Values are structured-cloneable. */
export interface Keyed<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): unknown;
  delete(key: string): unknown;
}

/** The large map of that name of a shard's state. */
export type Maps = <Value>(name: string) => Keyed<Value>;

/** The state of one shard of a service, as it was saved last. */
export interface ShardState {
  /** what was saved last; undefined for nothing, or for what other code has folded. To be asked for once: it may be large */
  readonly saved: unknown;
  /** maps that hold only what has changed since in memory, the rest on the disk */
  readonly maps: Maps;
  /** entries of the maps that have changed since: what a save writes takes time for each */
  readonly changes: number;
  /** Saves a structured-cloneable value, and the maps, or nothing: false when another process has saved since. */
  save(value: unknown): boolean;
  /** Forgets what was saved, and empties the maps. */
  clear(): void;
}

/**
 * Where services save states, so that a start need not fold the whole log. It is a cache: all of it can be folded again,
 * and it may be lost, or hold less than the log, at any time.
 */
export interface StateStore {
  open(service: string, shard: Shard): ShardState;
  close(): void;
}

/** Maps in memory. */
export function mapsInMemory(): Maps {
  const maps = new Map<string, Map<string, unknown>>();
  return <Value>(name: string) => {
    const map = maps.get(name) ?? new Map<string, unknown>();
    maps.set(name, map);
    return map as Keyed<Value>;
  };
}

/** Saves nothing: every start folds the whole log. */
export const NO_STATES: StateStore = {
  open: () => ({ saved: undefined, maps: mapsInMemory(), changes: 0, save: () => true, clear() {} }),
  close() {},
};
