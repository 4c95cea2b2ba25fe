import { createCodec } from '../kernel/codec.ts';
import type { SchemaRegistry } from '../kernel/ports/registry.ts';
import type { Upcaster } from '../kernel/upcasters.ts';
import { CATALOGUE, type Codec } from './catalogue.ts';
import { loadSchemas } from './load.ts';
import { readPublished } from './published.ts';
import { loadUpcasts } from './upcasts.ts';

/** A codec of this project's events, with the schemas and upcasts in the folders of `schemas/`. */
export const openCodec = async (registry: SchemaRegistry): Promise<Codec> =>
  createCodec(registry, { catalogue: CATALOGUE, schemas: loadSchemas(), upcasters: await loadUpcasters() });

/** The upcasts, each with the last published version of the schema that it reads. */
async function loadUpcasters(): Promise<Upcaster[]> {
  const upcasts = await loadUpcasts();
  if (upcasts.length === 0) return [];
  const published = loadSchemas().flatMap(({ name }) => readPublished(name).map(({ schema }) => schema));
  return upcasts.map((upcast) => {
    const schema = published.findLast(({ name }) => name === upcast.from);
    if (!schema) throw new Error(`schemas/: the upcast of ${upcast.from} reads no published type`);
    return { ...upcast, schema };
  });
}
