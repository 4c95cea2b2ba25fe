import type { EventSchema } from '../../kernel/schema.ts';
import { UNKNOWN_TO_AVRO } from './schema-changes.ts';
import { colour, f, g, ID, part, thing } from './schemas.ts';

/** A schema that is none, and why. */
export interface InvalidSchema {
  what: string;
  now: EventSchema;
  why: string | RegExp;
  /** why other implementations of Avro take it all the same */
  takenElsewhere?: string;
}

const invalid = (
  what: string,
  now: EventSchema,
  why: string | RegExp,
  takenElsewhere?: string,
): InvalidSchema => ({
  what,
  now,
  why,
  ...(takenElsewhere && { takenElsewhere }),
});

const LATER_AVRO = 'Avro 1.12 takes the default of any branch, earlier versions that of the first only';

/** What is no valid schema, whatever came before. */
export const INVALID: readonly InvalidSchema[] = [
  invalid('unknown type', thing(f('colour', { default: 1 })), /undefined type name/),
  invalid('field twice', thing(ID), /duplicate field name/),
  invalid('branch twice', thing(f(['int', 'int'], { default: 1 })), /duplicate union branch/),
  invalid('union in a union', thing(f(JSON.parse('["null", ["int"]]'))), /unions cannot be directly nested/),
  invalid('name that is none', thing({ ...f('int'), name: 'a-b' }), /invalid field name/),
  invalid('symbol that is none', thing(f(colour(['a b']))), /invalid .* symbol/),
  invalid('name given twice', thing(f(part([ID])), g(part([ID]))), /duplicate type name/),
  invalid('default of another type', thing(f('int', { default: 'x' })), /incompatible field default/),
  invalid('default that is no whole number', thing(f('int', { default: 1.5 })), /incompatible field default/),
  invalid('default beyond the type', thing(f('int', { default: 2 ** 40 })), /incompatible field default/),
  invalid('null as default of what is not optional', thing(f('int', { default: null })), /field default/),
  invalid(
    'item of another type in a default',
    thing(f({ type: 'array', items: 'int' }, { default: ['x'] })),
    /incompatible field default/,
  ),
  invalid('default that lacks a field', thing(f(part([ID]), { default: {} })), /incompatible field default/),
  invalid(
    'default that is no symbol',
    thing(f(colour(['red']), { default: 'blue' })),
    /incompatible field default/,
    'Java does not compare the default of a field with the symbols',
  ),
  invalid(
    'default of the second branch',
    thing(f(['string', 'null'], { default: null })),
    /union defaults must match the first branch/,
    LATER_AVRO,
  ),
  invalid(
    'default that JavaScript cannot hold',
    thing(f('long', { default: 2 ** 60 })),
    /incompatible field default/,
    'other languages have 64-bit integers',
  ),
  invalid(
    'key that is no field',
    { ...thing(), key: 'name' },
    "its key 'name' is no field of type string",
    UNKNOWN_TO_AVRO,
  ),
  invalid(
    'key that is no text',
    { ...thing(f('int', { default: 1 })), key: 'f' },
    "its key 'f' is no field of type string",
    UNKNOWN_TO_AVRO,
  ),
];
