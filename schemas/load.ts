import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Schema } from 'avsc';

/** A field of an event, or of a record inside it. */
export interface EventField {
  name: string;
  type: Schema;
  doc?: string;
  default?: unknown;
  /** set where the value is the digest of an artifact: of a single file, or of a bundle (its SHA256SUMS) */
  artifact?: 'file' | 'bundle';
}

/** One `.avsc`: an Avro record that also says which kind of event it is and which field names its aggregate. */
export interface EventSchema {
  type: 'record';
  name: string;
  namespace: string;
  kind: 'request' | 'fact';
  /** the field that names the aggregate, or several, joined by a slash */
  key: string | readonly string[];
  doc: string;
  fields: EventField[];
}

/** One `stream.json`: who owns the stream, and how many partitions its topic has on a cluster, for ever. */
export interface StreamInfo {
  owner: string;
  partitions: number;
  doc: string;
  /** each aggregate has a single fact, so that its sequence is always 1 and needs no memory */
  oneFactPerKey?: boolean;
}

export interface StreamSchemas extends StreamInfo {
  name: string;
  events: readonly EventSchema[];
}

function readJson(path: string) {
  const text = readFileSync(path, 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`${path}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** Every stream and its events, as they stand in the folders of `schemas/`, sorted by name. SyntaxError names a file that is no JSON. */
export function loadSchemas(root: string = import.meta.dirname): StreamSchemas[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => ({
      ...(readJson(join(root, name, 'stream.json')) as StreamInfo),
      name,
      events: readdirSync(join(root, name))
        .filter((file) => file.endsWith('.avsc'))
        .sort()
        .map((file) => readJson(join(root, name, file)) as EventSchema),
    }));
}
