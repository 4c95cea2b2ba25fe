import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Reads a published event type that has no `.avsc` any more as events of today: it was renamed, or split. They belong to
 * the same stream and the same aggregate. `schemas/<stream>/upcast.ts` exports `upcasts`, a list of these.
 */
export interface Upcast {
  /** the published type */
  from: string;
  /** today's types, in the order of the events */
  to: readonly string[];
  /** `data` have the fields of the last published version of `from`. The data of an event of each type; null for none. */
  upcast(data: never): readonly (object | null)[];
}

/** The upcasts of all streams, found by folder. */
export async function loadUpcasts(root: string = import.meta.dirname): Promise<Upcast[]> {
  const files = readdirSync(root)
    .sort()
    .map((stream) => join(root, stream, 'upcast.ts'))
    .filter((file) => existsSync(file));
  const modules: { upcasts: readonly Upcast[] }[] = await Promise.all(files.map((file) => import(file)));
  return modules.flatMap(({ upcasts }) => upcasts);
}
