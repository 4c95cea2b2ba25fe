import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SchemaRegistry } from '../../kernel/ports/registry.ts';
import { codeOf, unique } from './event-log-kit.ts';

/** A registry under test. */
export interface OpenedRegistry {
  registry: SchemaRegistry;
  /** a new client of the same registry */
  another(): SchemaRegistry;
  close(): Promise<void>;
}

const record = (name: string, ...fields: object[]): string =>
  JSON.stringify({
    type: 'record',
    name,
    namespace: 'epochlog.test',
    kind: 'fact',
    key: 'id',
    doc: 'Zeichen wie „é“ und "Anführung" bleiben.',
    fields: [{ name: 'id', type: 'string' }, ...fields],
  });

const TIME = { name: 'time', type: { type: 'long', logicalType: 'timestamp-millis' } };
const OPTIONAL = { name: 'note', type: ['null', 'string'], default: null, doc: 'added later' };

/** The contract of every schema registry. */
export function schemaRegistryContract(name: string, open: () => Promise<OpenedRegistry>): void {
  describe(`${name} is a schema registry`, () => {
    let opened: OpenedRegistry;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());
    const aSubject = () => `epochlog.test-${unique('subject')}`;

    test('the same text has the same id, under any subject and for any client', async () => {
      const text = record(unique('R').replaceAll('-', '_'), TIME);
      const [one, two] = [aSubject(), aSubject()];
      const id = await opened.registry.idOf(one, text);
      expect(id).toBeGreaterThan(0);
      expect(await opened.registry.idOf(one, text)).toBe(id);
      expect(await opened.registry.idOf(two, text)).toBe(id);
      expect(await opened.another().idOf(one, text)).toBe(id);
    });

    test('another text has another id', async () => {
      const [subject, name] = [aSubject(), unique('R').replaceAll('-', '_')];
      const id = await opened.registry.idOf(subject, record(name, TIME));
      expect(await opened.registry.idOf(subject, record(name, TIME, OPTIONAL))).not.toBe(id);
    });

    test('a schema is returned unchanged, character for character', async () => {
      const text = record(unique('R').replaceAll('-', '_'), TIME, OPTIONAL);
      const id = await opened.registry.idOf(aSubject(), text);
      expect(await opened.registry.schemaOf(id)).toBe(text);
      expect(await opened.another().schemaOf(id)).toBe(text);
    });

    test('an unknown id is SCHEMA_UNKNOWN', async () => {
      expect(await codeOf(opened.registry.schemaOf(2_000_000_000))).toBe('SCHEMA_UNKNOWN');
    });
  });
}
