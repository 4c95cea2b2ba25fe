import type { Schema, schema } from 'avsc';
import type { EventSchema } from '../../kernel/schema.ts';

/** A field, as a schema has it. */
type Field = EventSchema['fields'][number] & { aliases?: string[] };

export const ID: Field = { name: 'id', type: 'string' };

/** An event of the fields given, after its key. */
export const thing = (...fields: Field[]): EventSchema => ({
  type: 'record',
  name: 'Thing',
  namespace: 'epochlog.things',
  kind: 'fact',
  key: 'id',
  doc: '',
  fields: [ID, ...fields],
});

/** A field `f`. */
export const f = (type: Schema, rest: Partial<Field> = {}): Field => ({ name: 'f', type, ...rest });
export const g = (type: Schema, rest: Partial<Field> = {}): Field => ({ ...f(type, rest), name: 'g' });
export const part = (fields: Field[], rest: object = {}): schema.RecordType => ({
  type: 'record',
  name: 'Part',
  fields,
  ...rest,
});
export const colour = (symbols: string[], rest: object = {}): schema.EnumType => ({
  type: 'enum',
  name: 'Colour',
  symbols,
  ...rest,
});
export const hash = (size: number, name = 'Hash'): Schema => ({ type: 'fixed', name, size });
export const time = (logicalType: string): schema.LogicalType => ({ type: 'long', logicalType });
export const decimal = (precision: number, scale: number): schema.LogicalType => ({
  type: 'bytes',
  logicalType: 'decimal',
  precision,
  scale,
});
