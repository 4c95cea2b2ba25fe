import { describe, expect, test } from 'vitest';
import { type EventSchema, loadSchemas } from './load.ts';
import { publish, readAs, readPublished, sameVersion, whyUnreadable } from './published.ts';

const streams = loadSchemas();

describe.each(streams.map(({ name, events }) => [name, events] as const))('%s', (stream, events) => {
  const published = readPublished(stream);

  test('every schema is published as it stands (else: npm run freeze)', () => {
    for (const schema of events) {
      expect(
        published.some((version) => sameVersion(version.schema, schema)),
        schema.name,
      ).toBe(true);
    }
  });

  test('the binary of every published version is read as it was, by its own schema and by that of today', () => {
    for (const { schema, example, binary } of published) {
      expect(readAs(binary, schema, schema)).toEqual(example);
      const today = events.find(({ name }) => name === schema.name);
      expect(today, `${schema.name} was published and may not disappear`).toBeDefined();
      const known = new Set(schema.fields.map(({ name }) => name));
      const read = Object.entries(readAs(binary, schema, today!) as object).filter(([name]) =>
        known.has(name),
      );
      expect(example).toMatchObject(Object.fromEntries(read));
    }
  });

  test('all versions of an event can be read as each other', () => {
    for (const a of published) {
      for (const b of published.filter(({ schema }) => schema.name === a.schema.name)) {
        expect(whyUnreadable(a.schema, b.schema)).toBeUndefined();
      }
    }
  });
});

describe('compatibility', () => {
  const version = (...fields: EventSchema['fields']): EventSchema => ({
    type: 'record',
    name: 'Thing',
    namespace: 'epochlog.things',
    kind: 'fact',
    key: 'id',
    doc: '',
    fields,
  });
  const id = { name: 'id', type: 'string' };

  test('a field with a default may come and go', () => {
    const [before, after] = [version(id), version(id, { name: 'n', type: 'int', default: 7 })];
    expect([whyUnreadable(before, after), whyUnreadable(after, before)]).toEqual([undefined, undefined]);
    expect(readAs(publish(before).binary, before, after)).toEqual({ id: 'Thing.id é', n: 7 });
    expect(readAs(publish(after).binary, after, before)).toEqual({ id: 'Thing.id é' });
  });

  test('a field without a default may not come, a type may not change', () => {
    expect(whyUnreadable(version(id), version(id, { name: 'n', type: 'int' }))).toBeDefined();
    expect(whyUnreadable(version(id), version({ name: 'id', type: 'int' }))).toBeDefined();
  });
});
