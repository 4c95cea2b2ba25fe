import type { Schema } from 'avsc';
import { EpochlogError } from '../errors.ts';
import type { EventField, EventSchema, StreamSchemas } from '../schema.ts';
import type { RowWriter } from './row-writer.ts';

/** Writes a value as a column of its row. */
export type Write = (writer: RowWriter, value: unknown) => void;

/** A type of ClickHouse, and how values of an Avro type are written as one. */
interface ColumnType {
  type: string;
  write: Write;
}

/** A column that holds a field of events. */
export interface Column extends ColumnType {
  /** of the field, and of the column */
  name: string;
}

const scalar = (type: string, write: (writer: RowWriter, value: never) => void): ColumnType => ({
  type,
  write: write as Write,
});

const STRING = scalar('String', (writer, value: string) => writer.string(value));
/** Values of a union of several types: their JSON. */
const JSON_TEXT = scalar('String', (writer, value: unknown) => writer.string(JSON.stringify(value)));

const SCALARS: Readonly<Record<string, ColumnType>> = {
  string: STRING,
  int: scalar('Int32', (writer, value: number) => writer.int32(value)),
  long: scalar('Int64', (writer, value: number) => writer.int64(value)),
  float: scalar('Float32', (writer, value: number) => writer.float32(value)),
  double: scalar('Float64', (writer, value: number | null) => writer.float64(value ?? Number.NaN)),
  boolean: scalar('Bool', (writer, value: boolean) => writer.uint8(value ? 1 : 0)),
  'timestamp-millis': scalar("DateTime64(3, 'UTC')", (writer, value: number) => writer.int64(value)),
};

/** Each of these holds the values of those before it. */
const NUMBERS: readonly ColumnType[] = ['int', 'long', 'double'].map((name) => SCALARS[name]!);

/** A column as the fields of some event types give it: a record may have more fields in one of them than in another. */
type Shape =
  | { kind: 'scalar'; of: ColumnType; nullable: boolean }
  | { kind: 'array'; of: Shape }
  | { kind: 'map'; of: Shape }
  | { kind: 'record'; fields: ReadonlyMap<string, Shape> }
  | { kind: 'json' };

/**
 * The columns of a stream: the fields of all its event types, by name. A scalar is Nullable, and NULL where an event is
 * of a type without that field; an array or map is empty there. A field whose type contains a union of several types is
 * JSON text, and a number is as wide as its widest type. Throws SCHEMA_UNKNOWN, with the name of the field, for a type without a column, or when two event types of the stream
 * disagree about it.
 */
export function columnsOf({ name: stream, events }: StreamSchemas): Column[] {
  const shapes = new Map<string, Shape>();
  for (const event of events) {
    for (const field of event.fields) {
      const known = shapes.get(field.name);
      const shape = optional(shapeOfField(field, event));
      shapes.set(field.name, known ? merged(known, shape, `${stream}.${field.name}`) : shape);
    }
  }
  return [...shapes].map(([name, shape]) => ({ name, ...columnOf(shape) }));
}

function shapeOfField({ name, type }: EventField, event: EventSchema): Shape {
  if (hasUnion(type)) return { kind: 'json' };
  return new Shapes(`${event.name}.${name}`).of(type);
}

/** Whether a type contains a union of several types, null aside. */
function hasUnion(type: Schema): boolean {
  if (Array.isArray(type)) {
    const others = type.filter((option) => option !== 'null');
    return others.length > 1 || others.some(hasUnion);
  }
  if (typeof type === 'string' || !('type' in type)) return false;
  if (type.type === 'array' && 'items' in type) return hasUnion(type.items);
  if (type.type === 'map' && 'values' in type) return hasUnion(type.values);
  if (type.type === 'record' && 'fields' in type)
    return (type.fields as EventField[]).some((field) => hasUnion(field.type));
  return false;
}

/** The shapes of the types inside one field. */
class Shapes {
  readonly #named = new Map<string, Schema>();
  readonly #field: string;

  constructor(field: string) {
    this.#field = field;
  }

  of(type: Schema): Shape {
    if (Array.isArray(type)) {
      const shape = this.of(type.find((option) => option !== 'null') ?? 'null');
      return type.includes('null') ? optional(shape) : shape;
    }
    const shape = typeof type === 'string' ? this.#ofName(type) : this.#ofObject(type);
    if (shape) return shape;
    throw new EpochlogError('SCHEMA_UNKNOWN', `${this.#field}: no column type for ${JSON.stringify(type)}`);
  }

  #ofName(name: string): Shape | undefined {
    const of = SCALARS[name];
    if (of) return { kind: 'scalar', of, nullable: false };
    const before = this.#named.get(name);
    return before === undefined ? undefined : this.of(before);
  }

  #ofObject(type: Exclude<Schema, string | Schema[]>): Shape | undefined {
    if (!('type' in type)) return undefined;
    if (type.type === 'array' && 'items' in type) return { kind: 'array', of: this.of(type.items) };
    if (type.type === 'map' && 'values' in type) return { kind: 'map', of: this.of(type.values) };
    if (type.type === 'record' && 'fields' in type) return this.#ofRecord(type.fields as EventField[], type);
    if (type.type === 'enum') return { kind: 'scalar', of: STRING, nullable: false };
    return this.#ofName(String('logicalType' in type ? type.logicalType : type.type));
  }

  #ofRecord(fields: readonly EventField[], type: Schema): Shape {
    const { name } = type as { name?: string };
    if (name !== undefined) this.#named.set(name, type);
    const shapes = fields.map((field): [string, Shape] => [field.name, this.of(field.type)]);
    return { kind: 'record', fields: new Map(shapes) };
  }
}

/** The same, for a value that may be missing. */
function optional(shape: Shape): Shape {
  if (shape.kind === 'scalar') return { ...shape, nullable: true };
  if (shape.kind !== 'record') return shape;
  const fields = [...shape.fields].map(([name, field]): [string, Shape] => [name, optional(field)]);
  return { kind: 'record', fields: new Map(fields) };
}

function merged(a: Shape, b: Shape, at: string): Shape {
  if (a.kind === 'record' && b.kind === 'record') {
    const fields = new Map(a.fields);
    for (const [name, shape] of b.fields) {
      const known = fields.get(name);
      fields.set(name, known ? merged(known, shape, `${at}.${name}`) : shape);
    }
    return { ...a, fields };
  }
  if (columnOf(a).type === columnOf(b).type && a.kind === b.kind) return a;
  if (a.kind === 'scalar' && b.kind === 'scalar') {
    const [one, other] = [NUMBERS.indexOf(a.of), NUMBERS.indexOf(b.of)];
    if (one >= 0 && other >= 0) return { ...a, of: NUMBERS[Math.max(one, other)]! };
  }
  throw new EpochlogError(
    'SCHEMA_UNKNOWN',
    `${at} is ${columnOf(a).type} in one event type of the stream and ${columnOf(b).type} in another: name one of them otherwise`,
  );
}

function columnOf(shape: Shape): ColumnType {
  switch (shape.kind) {
    case 'scalar':
      return shape.nullable ? nullable(shape.of) : shape.of;
    case 'json':
      return nullable(JSON_TEXT);
    case 'array':
      return arrayOf(columnOf(shape.of));
    case 'map':
      return mapOf(columnOf(shape.of));
    case 'record':
      return tupleOf([...shape.fields].map(([name, of]) => ({ name, ...columnOf(of) })));
  }
}

const nullable = ({ type, write }: ColumnType): ColumnType => ({
  type: `Nullable(${type})`,
  write(writer, value) {
    if (value === null || value === undefined) return writer.uint8(1);
    writer.uint8(0);
    write(writer, value);
  },
});

const arrayOf = ({ type, write }: ColumnType): ColumnType => ({
  type: `Array(${type})`,
  write(writer, value) {
    const items = (value ?? []) as readonly unknown[];
    writer.length(items.length);
    for (const item of items) write(writer, item);
  },
});

const mapOf = ({ type, write }: ColumnType): ColumnType => ({
  type: `Map(String, ${type})`,
  write(writer, value) {
    const entries = Object.entries(value ?? {});
    writer.length(entries.length);
    for (const [key, of] of entries) {
      writer.string(key);
      write(writer, of);
    }
  },
});

const tupleOf = (fields: readonly Column[]): ColumnType => ({
  type: `Tuple(${fields.map(({ name, type }) => `\`${name}\` ${type}`).join(', ')})`,
  write(writer, value) {
    for (const { name, write } of fields) write(writer, Object(value)[name]);
  },
});
