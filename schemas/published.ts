import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import avro from 'avsc';
import type { EventSchema, StreamSchemas } from '../kernel/schema.ts';

/** A version of an event's schema that was published, with an event of that version as its bytes: kept for ever. */
export interface PublishedVersion {
  schema: EventSchema;
  /** an example of the event's data, as JSON */
  example: unknown;
  /** the example in Avro, base64 */
  binary: string;
}

/** `published.json` of a stream: every version that was ever published, oldest first. */
export function readPublished(stream: string, root: string = import.meta.dirname): PublishedVersion[] {
  const path = join(root, stream, 'published.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
}

/** Every version of a stream's schemas: those published, oldest first, then those of today that are not among them. */
export function versionsOf({ name, events }: StreamSchemas, root?: string): EventSchema[] {
  const versions = [...readPublished(name, root).map(({ schema }) => schema), ...events];
  return [...new Map(versions.map((schema) => [JSON.stringify(schema), schema])).values()];
}

const typeOf = (schema: EventSchema): avro.Type => avro.Type.forSchema(schema);

/** Two versions are the same when they differ only in annotations: `doc` and `artifact`. */
export const sameVersion = (a: EventSchema, b: EventSchema): boolean =>
  isDeepStrictEqual(withoutAnnotations(a), withoutAnnotations(b));

/** A default is data: what is called `doc` there is no annotation. */
const ANNOTATIONS = ['doc', 'artifact'];

const withoutAnnotations = (schema: EventSchema): unknown =>
  JSON.parse(
    JSON.stringify(schema, (key, value) =>
      ANNOTATIONS.includes(key) ? undefined : key === 'default' ? JSON.stringify(value) : value,
    ),
  );

/** The data in a binary of one version, as another version reads it; as JSON. */
export function readAs(binary: string, written: EventSchema, read: EventSchema): unknown {
  const reader = typeOf(read);
  return asJson(reader.fromBuffer(Buffer.from(binary, 'base64'), reader.createResolver(typeOf(written))));
}

/** Bytes have a form in JSON too, as Node gives it to them. */
const asJson = (data: unknown): unknown => JSON.parse(JSON.stringify(data));

/** A version as it is published: with an example that uses every field, the same for the same schema. */
export function publish(schema: EventSchema): PublishedVersion {
  const example = exampleOf(typeOf(schema), schema.name);
  return { schema, example: asJson(example), binary: typeOf(schema).toBuffer(example).toString('base64') };
}

function exampleOf(type: avro.Type, path: string): unknown {
  if (avro.Type.isType(type, 'logical'))
    return exampleOf((type as avro.types.LogicalType).underlyingType, path);
  if (avro.Type.isType(type, 'record')) {
    const { fields } = type as avro.types.RecordType;
    return Object.fromEntries(
      fields.map((field) => [field.name, exampleOf(field.type, `${path}.${field.name}`)]),
    );
  }
  if (avro.Type.isType(type, 'array'))
    return [exampleOf((type as avro.types.ArrayType).itemsType, `${path}[0]`)];
  if (avro.Type.isType(type, 'map'))
    return { key: exampleOf((type as avro.types.MapType).valuesType, `${path}.key`) };
  if (avro.Type.isType(type, 'fixed')) return Buffer.alloc((type as avro.types.FixedType).size, path);
  if (avro.Type.isType(type, 'enum')) return (type as avro.types.EnumType).symbols[0];
  if (avro.Type.isType(type, 'union'))
    return exampleOf((type as avro.types.UnwrappedUnionType).types.at(-1)!, path);
  return primitives[type.typeName]?.(path);
}

const primitives: Readonly<Record<string, (path: string) => unknown>> = {
  string: (path) => `${path} é`,
  int: (path) => path.length,
  long: (path) => 2 ** 40 + path.length,
  float: () => 0.5,
  double: (path) => path.length / 8,
  boolean: () => true,
  bytes: (path) => Buffer.from(path),
  null: () => null,
};
