import type { EventSchema } from '../../kernel/schema.ts';
import { colour, decimal, f, g, hash, ID, part, thing, time } from './schemas.ts';

/** A change of an event's schema, and what is to be said of it. */
export interface SchemaChange {
  what: string;
  /** the versions published before, oldest first */
  before: readonly EventSchema[];
  now: EventSchema;
  /** why it is refused; none when it is compatible */
  faults: readonly string[];
  /** why other implementations of Avro take what is refused here */
  takenElsewhere?: string;
}

const KEEP = 'keep the type, and put what is new into a field of another name with a default';
const otherType = (path: string, was: string, is: string) => `${path} was ${was} and is ${is}: ${KEEP}`;
const lacking = (path: string) => `${path} has no default, and events of that version lack it: give it one`;
const gone = (path: string) => `${path} is gone, and that version has no default for it: put it back`;
const gained = (path: string, symbols: string) =>
  `${path} has gained ${symbols}, which that version does not know: put what is new into another field with a default`;

const change = (
  what: string,
  before: EventSchema | readonly EventSchema[],
  now: EventSchema,
  faults: readonly string[] = [],
  takenElsewhere?: string,
): SchemaChange => ({
  what,
  before: [before].flat(),
  now,
  faults,
  ...(takenElsewhere && { takenElsewhere }),
});

const FIELDS = [
  change('nothing but documentation', thing(f('int')), { ...thing(f('int', { doc: 'new' })), doc: 'new' }),
  change('field added, with a default', thing(), thing(f('int', { default: 7 }))),
  change('field added, without', thing(), thing(f('int')), [lacking('f')]),
  change('optional field added, without', thing(), thing(f(['null', 'int'])), [lacking('f')]),
  change('field removed that had a default', thing(f('int', { default: 7 })), thing()),
  change('field removed that had none', thing(f('int')), thing(), [gone('f')]),
  change('default given', thing(f('int')), thing(f('int', { default: 7 }))),
  change('default changed', thing(f('int', { default: 7 })), thing(f('int', { default: 8 }))),
  change('default taken away', thing(f('int', { default: 7 })), thing(f('int'))),
  change(
    'default taken away that an older version needs',
    [thing(), thing(f('int', { default: 7 }))],
    thing(f('int')),
    [lacking('f')],
  ),
  change('fields reordered', thing(f('int'), g('string')), thing(g('string'), f('int'))),
  change('field renamed', thing(f('int')), thing(g('int')), [lacking('g'), gone('f')]),
  change('field renamed, with an alias', thing(f('int')), thing(g('int', { aliases: ['f'] })), [gone('f')]),
  change(
    'field renamed that had a default, with an alias',
    thing(f('int', { default: 7 })),
    thing(g('int', { default: 7, aliases: ['f'] })),
  ),
  change(
    'alias that is the name of another field',
    thing(f('int', { default: 1 }), g('int', { default: 2 })),
    thing(f('int', { default: 1, aliases: ['g'] }), g('int', { default: 2 })),
    ["the event cannot be read: ambiguous aliasing for epochlog.things.Thing.f ([ 'f', 'g' ])"],
  ),
  change(
    'field that comes back as another type',
    [thing(f('int', { default: 7 })), thing()],
    thing(f('string', { default: '' })),
    [otherType('f', 'int', 'string')],
  ),
];

const TYPES = [
  change('type promoted', thing(f('int')), thing(f('long')), [otherType('f', 'int', 'long')]),
  change('type promoted to a fraction', thing(f('float')), thing(f('double')), [
    otherType('f', 'float', 'double'),
  ]),
  change('type narrowed', thing(f('long')), thing(f('int')), [otherType('f', 'long', 'int')]),
  change('type replaced', thing(f('int')), thing(f('string')), [otherType('f', 'int', 'string')]),
  change('text as bytes', thing(f('string')), thing(f('bytes'))),
  change('list instead of one', thing(f('int')), thing(f({ type: 'array', items: 'int' })), [
    otherType('f', 'int', 'array of int'),
  ]),
  change('made optional', thing(f('string')), thing(f(['null', 'string'])), [
    otherType('f', 'string', 'null | string'),
  ]),
  change('made obligatory', thing(f(['null', 'string'])), thing(f('string')), [
    otherType('f', 'null | string', 'string'),
  ]),
  change('union widened', thing(f(['null', 'string'])), thing(f(['null', 'string', 'int'])), [
    otherType('f', 'null | string', 'null | string | int'),
  ]),
  change('union reordered', thing(f(['null', 'string'])), thing(f(['string', 'null']))),
  change('type in an optional value', thing(f(['null', 'int'])), thing(f(['null', 'string'])), [
    otherType('f', 'int', 'string'),
  ]),
  change(
    'items promoted',
    thing(f({ type: 'array', items: 'int' })),
    thing(f({ type: 'array', items: 'long' })),
    [otherType('f[]', 'int', 'long')],
  ),
  change(
    'values promoted',
    thing(f({ type: 'map', values: 'int' })),
    thing(f({ type: 'map', values: 'long' })),
    [otherType('f{}', 'int', 'long')],
  ),
  change('size of fixed bytes', thing(f(hash(4))), thing(f(hash(8))), [
    otherType('f', 'fixed epochlog.things.Hash of 4 bytes', 'fixed epochlog.things.Hash of 8 bytes'),
  ]),
  change('fixed bytes renamed', thing(f(hash(4))), thing(f(hash(4, 'Digest'))), [
    otherType('f', 'fixed epochlog.things.Hash of 4 bytes', 'fixed epochlog.things.Digest of 4 bytes'),
  ]),
  change('symbol added', thing(f(colour(['red']))), thing(f(colour(['red', 'blue', 'pink']))), [
    gained('f', 'blue, pink'),
  ]),
  change('symbol removed', thing(f(colour(['red', 'blue']))), thing(f(colour(['red']))), [
    'f has lost blue, which old events hold: put it back',
  ]),
  change('symbols reordered', thing(f(colour(['red', 'blue']))), thing(f(colour(['blue', 'red'])))),
  change(
    'symbol added where both versions have a symbol for the unknown',
    thing(f(colour(['red'], { default: 'red' }))),
    thing(f(colour(['red', 'blue'], { default: 'red' }))),
  ),
  change(
    'symbol added where the new version alone has one',
    thing(f(colour(['red']))),
    thing(f(colour(['red', 'blue'], { default: 'red' }))),
    [gained('f', 'blue')],
  ),
  change('symbols as text', thing(f(colour(['red']))), thing(f('string')), [
    otherType('f', 'enum epochlog.things.Colour (red)', 'string'),
  ]),
];

const NESTED = [
  change(
    'field added inside, with a default',
    thing(f({ type: 'array', items: part([ID]) })),
    thing(f({ type: 'array', items: part([ID, f('int', { default: 7 })]) })),
  ),
  change(
    'field added inside, without',
    thing(f({ type: 'array', items: part([ID]) })),
    thing(f({ type: 'array', items: part([ID, f('int')]) })),
    [lacking('f[].f')],
  ),
  change(
    'field removed inside an optional value',
    thing(f(['null', part([ID, f('int')])])),
    thing(f(['null', part([ID])])),
    [gone('f.f')],
  ),
  change(
    'type replaced inside a map',
    thing(f({ type: 'map', values: part([ID, f('int')]) })),
    thing(f({ type: 'map', values: part([ID, f('string')]) })),
    [otherType('f{}.f', 'int', 'string')],
  ),
  change(
    'field added without a default to what holds itself',
    thing(f(part([ID, g({ type: 'array', items: 'Part' })]))),
    thing(f(part([ID, g({ type: 'array', items: 'Part' }), f('int')]))),
    [lacking('f.f')],
  ),
  change('record renamed', thing(f(part([ID]))), thing(f(part([ID], { name: 'Piece' }))), [
    otherType('f', 'record epochlog.things.Part', 'record epochlog.things.Piece'),
  ]),
  change(
    'record renamed, with an alias',
    thing(f(part([ID]))),
    thing(f(part([ID], { name: 'Piece', aliases: ['Part'] }))),
    [otherType('f', 'record epochlog.things.Part', 'record epochlog.things.Piece')],
  ),
  change(
    'record renamed to what the version before expects',
    thing(f(part([ID], { aliases: ['Piece'] }))),
    thing(f(part([ID], { name: 'Piece', aliases: ['Part'] }))),
  ),
  change(
    'record moved to another namespace',
    thing(f(part([ID]))),
    thing(f(part([ID], { namespace: 'epochlog.others' }))),
    [otherType('f', 'record epochlog.things.Part', 'record epochlog.others.Part')],
    'Java compares the last part of a name only, the specification says the whole',
  ),
  change('event renamed', thing(), { ...thing(), name: 'Other' }, [
    'the event was record epochlog.things.Thing and is record epochlog.things.Other: keep its name and namespace',
  ]),
  change(
    'event moved to another namespace',
    thing(),
    { ...thing(), namespace: 'epochlog.others' },
    [
      'the event was record epochlog.things.Thing and is record epochlog.others.Thing: keep its name and namespace',
    ],
    'Java compares the last part of a name only; a subject of its own would hide the change from the registry',
  ),
];

const FORGETFUL = 'most implementations forget logical types when they compare schemas';
export const UNKNOWN_TO_AVRO = 'Avro does not know the kind and the key of an event';

const MEANINGS = [
  change('meaning given to a number', thing(f('long')), thing(f(time('timestamp-millis')))),
  change('meaning taken from a number', thing(f(time('timestamp-millis'))), thing(f('long'))),
  change('meaning given to a text', thing(f('string')), thing(f({ type: 'string', logicalType: 'uuid' }))),
  change(
    'another unit of time',
    thing(f(time('timestamp-millis'))),
    thing(f(time('timestamp-micros'))),
    [otherType('f', 'long (timestamp-millis)', 'long (timestamp-micros)')],
    FORGETFUL,
  ),
  change(
    'another unit of time in an optional value',
    thing(f(['null', time('timestamp-millis')])),
    thing(f(['null', time('timestamp-micros')])),
    [otherType('f', 'long (timestamp-millis)', 'long (timestamp-micros)')],
    FORGETFUL,
  ),
  change(
    'a day as a time',
    thing(f({ type: 'int', logicalType: 'date' })),
    thing(f(time('timestamp-millis'))),
    [otherType('f', 'int (date)', 'long (timestamp-millis)')],
  ),
  change(
    'another scale of a decimal number',
    thing(f(decimal(9, 2))),
    thing(f(decimal(9, 3))),
    [otherType('f', 'bytes (decimal(9, 2))', 'bytes (decimal(9, 3))')],
    `the specification refuses it, but ${FORGETFUL}`,
  ),
  change(
    'another precision of a decimal number',
    thing(f(decimal(9, 2))),
    thing(f(decimal(10, 2))),
    [otherType('f', 'bytes (decimal(9, 2))', 'bytes (decimal(10, 2))')],
    `the specification refuses it, but ${FORGETFUL}`,
  ),
  change(
    'a fact becomes a request',
    thing(),
    { ...thing(), kind: 'request' },
    ['kind was fact and is request: keep it, or give the event a new name'],
    UNKNOWN_TO_AVRO,
  ),
  change(
    'another key',
    thing(g('string')),
    { ...thing(g('string')), key: 'g' },
    ['key was id and is g: keep it, or give the event a new name'],
    UNKNOWN_TO_AVRO,
  ),
];

/** Changes of each sort, some of them with the version before the last in mind. */
export const CHANGES: readonly SchemaChange[] = [...FIELDS, ...TYPES, ...NESTED, ...MEANINGS];
