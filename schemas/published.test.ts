import { describe, expect, test } from 'vitest';
import { thing } from '../test/interop/schemas.ts';
import { faultsBetween } from './compatibility.ts';
import { loadSchemas } from './load.ts';
import { publish, readAs, readPublished, sameVersion } from './published.ts';
import { loadUpcasts } from './upcasts.ts';

const streams = loadSchemas();
const upcasts = await loadUpcasts();

/** What of a value has a counterpart in another: fields that only one version of a record has are not compared. */
const shared = (value: unknown, other: unknown): unknown => {
  if (Array.isArray(value) && Array.isArray(other)) return value.map((item, i) => shared(item, other[i]));
  if (!isRecord(value) || !isRecord(other)) return value;
  const names = Object.keys(value).filter((name) => name in other);
  return Object.fromEntries(names.map((name) => [name, shared(value[name], other[name])]));
};
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);

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
      if (upcasts.some(({ from }) => from === schema.name)) continue;
      expect(today, `${schema.name} was published: it needs its .avsc, or an upcast`).toBeDefined();
      const read = readAs(binary, schema, today!);
      expect(shared(read, example), schema.name).toEqual(shared(example, read));
      expect(shared(read, example), schema.name).not.toEqual({});
    }
  });

  test('all versions of an event can be read as each other', () => {
    for (const a of published) {
      for (const b of published.filter(({ schema }) => schema.name === a.schema.name)) {
        expect(faultsBetween(a.schema, b.schema)).toEqual([]);
      }
    }
  });
});

describe('a version', () => {
  const counted = (rest: object) => thing({ name: 'n', type: 'int', ...rest });

  test('is read with the defaults of fields that came later, and without those that went', () => {
    const [before, after] = [thing(), counted({ default: 7 })];
    expect(readAs(publish(before).binary, before, after)).toEqual({ id: 'Thing.id é', n: 7 });
    expect(readAs(publish(after).binary, after, before)).toEqual({ id: 'Thing.id é' });
  });

  test('is another when a default differs, and the same when documentation does', () => {
    const version = counted({ default: 7 });
    expect(sameVersion(version, counted({ default: 7, doc: 'how many' }))).toBe(true);
    expect(sameVersion(version, counted({ default: 8 }))).toBe(false);
    expect(sameVersion(version, counted({}))).toBe(false);
    const noted = (doc: string) =>
      thing({ name: 'm', type: { type: 'map', values: 'string' }, default: { doc } });
    expect(sameVersion(noted('a'), noted('b'))).toBe(false);
  });

  test('has an example of bytes too', () => {
    const version = thing(
      { name: 'b', type: 'bytes' },
      { name: 'f', type: { type: 'fixed', name: 'F', size: 4 } },
    );
    const { example, binary } = publish(version);
    expect(readAs(binary, version, version)).toEqual(example);
  });
});
