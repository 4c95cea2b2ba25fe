import type { Schema } from 'avsc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCodec } from '../../kernel/codec.ts';
import type { EventSchema } from '../../kernel/schema.ts';
import {
  CATALOGUE,
  type Codec,
  type EventType,
  isEventType,
  type NewEvent,
  newEvent,
} from '../../schemas/catalogue.ts';
import { faultsBetween } from '../../schemas/compatibility.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { readPublished } from '../../schemas/published.ts';
import { recorded } from '../../schemas/testing.ts';
import type { OpenedRegistry } from '../contract/schema-registry.ts';

/** What a later version may add, with what a reader finds there when an older one has written. */
const ADDED: EventSchema['fields'] = [
  { name: 'addedText', type: 'string', default: 'unsaid' },
  { name: 'addedChoice', type: ['null', 'double'], default: null },
  { name: 'addedNumbers', type: { type: 'array', items: 'long' }, default: [] },
];
const UNSAID = { addedText: 'unsaid', addedChoice: null, addedNumbers: [] };
const INSIDE = { addedInside: 7 };
const SAID = { addedText: 'said', addedChoice: 0.5, addedNumbers: [1, 2] };

/** The next version of an event, different in all that may differ: more fields, also inside, in another order. */
function evolved(schema: EventSchema): EventSchema {
  const [first, ...others] = schema.fields.map((field) => ({ ...field, type: evolvedInside(field.type) }));
  return { ...schema, doc: `${schema.doc} And more.`, fields: [...ADDED, ...others, first!] };
}

function evolvedInside(type: Schema): Schema {
  const more = JSON.stringify({ name: 'addedInside', type: 'int', default: INSIDE.addedInside });
  return JSON.parse(JSON.stringify(type).replaceAll('"fields":[', `"fields":[${more},`));
}

const published = loadSchemas().map((stream) => ({ ...stream, versions: readPublished(stream.name) }));

/**
 * An old consumer reads new events, and a new one old events: every event of every published version, through the
 * codec and a registry. The two are clients of their own, as they would be of two processes.
 */
export function oldAndNewContract(name: string, open: () => Promise<OpenedRegistry>): void {
  describe(`with ${name}`, () => {
    let opened: OpenedRegistry;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    describe.each(published)('$name', ({ name: stream, versions, ...info }) => {
      const codecOf = (...events: EventSchema[]): Promise<Codec> =>
        createCodec<NewEvent>(opened.another(), {
          catalogue: CATALOGUE,
          schemas: [{ ...info, name: `${stream}-evolving`, events }],
        });
      const cases = versions.map(({ schema, example }, index) => ({
        type: typeOf(schema),
        schema,
        example,
        number: index + 1,
      }));

      test.each(cases)(
        'an old consumer reads new $type, and a new one old ones (version $number)',
        async ({ type, schema, example }) => {
          const later = evolved(schema);
          expect(faultsBetween(schema, later)).toEqual([]);
          const [old, current] = [await codecOf(schema), await codecOf(later)];

          const fromOld = written(old, type, example);
          expect((await old.decode(fromOld))[0]?.data).toEqual(example);
          expect((await current.decode(fromOld))[0]?.data).toEqual({ ...filled(example), ...UNSAID });

          const fromNew = written(current, type, { ...Object(example), ...SAID });
          expect((await current.decode(fromNew))[0]?.data).toEqual({ ...filled(example), ...SAID });
          expect((await old.decode(fromNew))[0]?.data).toEqual(example);
        },
      );
    });
  });
}

function typeOf({ name }: EventSchema): EventType {
  if (isEventType(name)) return name;
  throw new Error(`${name} is no event of today`);
}

function written(codec: Codec, type: EventType, data: unknown) {
  const record = codec.encode(recorded(newEvent(type, data as never)));
  return { ...record, partition: 0, offset: 0, timestamp: 0 };
}

/** The fields of an example, the records inside them with what was added there; a map has the one key `key`. */
const filled = (record: unknown): object =>
  Object.fromEntries(Object.entries(Object(record)).map(([name, value]) => [name, filledInside(value)]));

function filledInside(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(filledInside);
  if (typeof value !== 'object' || value === null) return value;
  return Object.keys(value).join() === 'key' ? filled(value) : { ...filled(value), ...INSIDE };
}
