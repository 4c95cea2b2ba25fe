import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventSchema, StreamSchemas } from '../kernel/schema.ts';

/** A stream of `schemas/`: its `stream.json`, and its events. */
export interface StreamFolder extends StreamSchemas {
  /** the service that writes its facts */
  owner: string;
  /** of its topic on a cluster, for ever */
  partitions: number;
  doc: string;
  /** each aggregate has a single fact, so that its sequence is always 1 and needs no memory */
  oneFactPerKey?: boolean;
}

function readJson(path: string) {
  const text = readFileSync(path, 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`${path}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

let own: readonly StreamFolder[] | undefined;

/**
 * Every stream and its events, as they stand in the folders of `schemas/`, sorted by name: read once, as many ask. SyntaxError names a
 * file that is no JSON.
 */
export function loadSchemas(root: string = import.meta.dirname): readonly StreamFolder[] {
  if (root !== import.meta.dirname) return read(root);
  own ??= read(root);
  return own;
}

function read(root: string): StreamFolder[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => ({
      ...(readJson(join(root, name, 'stream.json')) as Omit<StreamFolder, 'name' | 'events'>),
      name,
      events: readdirSync(join(root, name))
        .filter((file) => file.endsWith('.avsc'))
        .sort()
        .map((file) => readJson(join(root, name, file)) as EventSchema),
    }));
}
