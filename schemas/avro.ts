import avro from 'avsc';
import type { EventSchema } from '../kernel/schema.ts';

/** The logical types of Avro 1.12. */
const LOGICAL_TYPES = [
  'decimal',
  'big-decimal',
  'uuid',
  'date',
  'time-millis',
  'time-micros',
  'timestamp-millis',
  'timestamp-micros',
  'timestamp-nanos',
  'local-timestamp-millis',
  'local-timestamp-micros',
  'local-timestamp-nanos',
  'duration',
];

/**
 * A logical type says what a number means, and most implementations forget it when they compare schemas. Here one
 * meaning cannot be read as another; what has none can be read as any, and the other way round.
 */
class Meaning extends avro.types.LogicalType {
  /** such as `timestamp-millis` or `decimal(9, 2)` */
  readonly meaning: string;

  constructor(...args: ConstructorParameters<typeof avro.types.LogicalType>) {
    super(...args);
    const { logicalType, precision, scale = 0 }: Record<string, unknown> = Object(args[0]);
    this.meaning = logicalType === 'decimal' ? `decimal(${precision}, ${scale})` : String(logicalType);
  }

  protected override _fromValue(value: unknown): unknown {
    return value;
  }

  protected override _toValue(value: unknown): unknown {
    return value;
  }

  protected override _resolve(written: avro.Type): unknown {
    if (written instanceof Meaning && written.meaning !== this.meaning) return undefined;
    this.underlyingType.createResolver(plain(written)); // throws when it cannot
    return this._fromValue;
  }
}

const logicalTypes = Object.fromEntries(LOGICAL_TYPES.map((name) => [name, Meaning]));

/** The Avro type of a schema, which minds logical types. Throws when the schema is no valid Avro. */
export const meaningfulType = (schema: EventSchema): avro.Type =>
  avro.Type.forSchema(schema, { logicalTypes });

/** A type without its meaning. */
export const plain = (type: avro.Type): avro.Type =>
  avro.Type.isType(type, 'logical') ? (type as avro.types.LogicalType).underlyingType : type;

export const isRecord = (type: avro.Type): type is avro.types.RecordType => avro.Type.isType(type, 'record');
export const isArray = (type: avro.Type): type is avro.types.ArrayType => avro.Type.isType(type, 'array');
export const isMap = (type: avro.Type): type is avro.types.MapType => avro.Type.isType(type, 'map');
export const isEnum = (type: avro.Type): type is avro.types.EnumType => avro.Type.isType(type, 'enum');

/** The branches of a union; a type that is none is its own only branch. */
export const branchesOf = (type: avro.Type): readonly avro.Type[] =>
  avro.Type.isType(type, 'union') ? (type as avro.types.UnwrappedUnionType).types : [type];

/** The one branch of an optional type that is not null; any other type as it is. */
export function required(type: avro.Type): avro.Type {
  const [branch = type, ...others] = branchesOf(type).filter(({ typeName }) => typeName !== 'null');
  return others.length === 0 ? branch : type;
}

/** A type in words, without what is inside its records. */
export function describeType(type: avro.Type): string {
  if (type instanceof Meaning) return `${describeType(type.underlyingType)} (${type.meaning})`;
  if (avro.Type.isType(type, 'union')) return branchesOf(type).map(describeType).join(' | ');
  if (isArray(type)) return `array of ${describeType(type.itemsType)}`;
  if (isMap(type)) return `map of ${describeType(type.valuesType)}`;
  if (avro.Type.isType(type, 'fixed')) {
    return `fixed ${type.name} of ${(type as avro.types.FixedType).size} bytes`;
  }
  if (isEnum(type)) return `enum ${type.name} (${type.symbols.join(', ')})`;
  return type.name === undefined ? type.typeName : `${type.typeName} ${type.name}`;
}

/** A field of a record, and where it is. */
export interface Place {
  /** such as `runId` or `features[].psi` */
  path: string;
  field: avro.types.Field;
}

export const joined = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** Every field of a type and of the records inside it; `around` are the names of the records that it is in. */
export function placesIn(type: avro.Type, path = '', around: readonly string[] = []): Place[] {
  const inside = plain(type);
  if (isArray(inside)) return placesIn(inside.itemsType, `${path}[]`, around);
  if (isMap(inside)) return placesIn(inside.valuesType, `${path}{}`, around);
  if (!isRecord(inside)) {
    const branches = branchesOf(inside).filter((branch) => branch !== inside);
    return branches.flatMap((branch) => placesIn(branch, path, around));
  }
  const { name = '', fields } = inside;
  if (around.includes(name)) return []; // it holds itself
  return fields.flatMap((field) => {
    const own = joined(path, field.name);
    return [{ path: own, field }, ...placesIn(field.type, own, [...around, name])];
  });
}
