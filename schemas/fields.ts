import type { EventSchema } from '../kernel/schema.ts';

/** A type as a schema writes it. */
export type Avro = string | readonly Avro[] | AvroObject;
interface AvroObject {
  readonly type: Avro;
  readonly name?: string;
  readonly doc?: string;
  readonly items?: Avro;
  readonly values?: Avro;
  readonly fields?: readonly AvroField[];
  readonly logicalType?: string;
}

/** A field as its schema describes it. */
export interface AvroField {
  readonly name: string;
  readonly type: Avro;
  readonly doc?: string;
}

export const isUnion = (type: Avro): type is readonly Avro[] => Array.isArray(type);

/** The fields of the record inside a type; none when there is no record. */
export function fieldsInside(type: Avro): readonly AvroField[] {
  if (typeof type === 'string') return [];
  if (isUnion(type)) return type.flatMap(fieldsInside);
  return (
    type.fields ?? [type.items, type.values, type.type].flatMap((inner) => fieldsInside(inner ?? 'null'))
  );
}

export const fieldsOf = ({ fields }: EventSchema): readonly AvroField[] => fields as readonly AvroField[];
