import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Upcast } from '../kernel/upcasters.ts';

/** The upcasts of all streams, found by folder: `schemas/<stream>/upcast.ts` exports `upcasts`, a list of them. */
export async function loadUpcasts(root: string = import.meta.dirname): Promise<Upcast[]> {
  const files = readdirSync(root)
    .sort()
    .map((stream) => join(root, stream, 'upcast.ts'))
    .filter((file) => existsSync(file));
  const modules: { upcasts: readonly Upcast[] }[] = await Promise.all(files.map((file) => import(file)));
  return modules.flatMap(({ upcasts }) => upcasts);
}
