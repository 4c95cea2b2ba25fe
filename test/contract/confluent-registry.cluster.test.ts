import { SchemaRegistry as Confluent } from '@kafkajs/confluent-schema-registry';
import { describe, expect, inject, test } from 'vitest';
import { ConfluentRegistry } from '../../infra/registry/confluent.ts';
import type { StoredRecord } from '../../kernel/ports/log.ts';
import type { Codec, RecordedEvent } from '../../schemas/catalogue.ts';
import { openCodec } from '../../schemas/codec.ts';
import { mixedEvent } from '../harness/mixed-events.ts';
import { codeOf, unique } from './event-log-kit.ts';
import { schemaRegistryContract } from './schema-registry.ts';

const open = (register = true) => new ConfluentRegistry({ url: inject('registryUrl'), register });

schemaRegistryContract('the Confluent registry', async () => ({
  registry: open(),
  another: open,
  close: async () => {},
}));

const schema = (...fields: object[]) =>
  JSON.stringify({ type: 'record', name: 'Versioned', namespace: 'epochlog.test', fields });
const ID = { name: 'id', type: 'string' };

describe('a Confluent registry', () => {
  test('refuses a schema that is not compatible with earlier versions both ways', async () => {
    const subject = unique('epochlog.test');
    const registry = open();
    await registry.idOf(subject, schema(ID));
    await registry.idOf(subject, schema(ID, { name: 'note', type: 'string', default: '' }));
    const incompatible = [
      schema(ID, { name: 'count', type: 'int' }),
      schema({ name: 'id', type: 'long' }),
      schema({ name: 'note', type: 'string', default: '' }),
    ];
    for (const text of incompatible) {
      expect(await codeOf(registry.idOf(subject, text))).toBe('SCHEMA_INCOMPATIBLE');
    }
  });

  test('checks compatibility with all earlier versions, not only with the last', async () => {
    const subject = unique('epochlog.test');
    const registry = open();
    await registry.idOf(subject, schema(ID, { name: 'note', type: 'int', default: 0 }));
    await registry.idOf(subject, schema(ID));
    const returned = schema(ID, { name: 'note', type: 'string', default: '' });
    expect(await codeOf(registry.idOf(subject, returned))).toBe('SCHEMA_INCOMPATIBLE');
  });

  test('registers nothing without `register`', async () => {
    const subject = unique('epochlog.test');
    await expect(open(false).idOf(subject, schema(ID))).rejects.toMatchObject({
      code: 'SCHEMA_UNKNOWN',
      message: expect.stringContaining('schemas push'),
    });
    const id = await open().idOf(subject, schema(ID));
    expect(await open(false).idOf(subject, schema(ID))).toBe(id);
  });

  test('that is unreachable is REGISTRY_UNAVAILABLE', async () => {
    const registry = new ConfluentRegistry({ url: 'http://127.0.0.1:9', register: true });
    for (const failing of [registry.idOf('subject', schema(ID)), registry.schemaOf(1)]) {
      expect(await codeOf(failing)).toBe('REGISTRY_UNAVAILABLE');
    }
  });

  test('its own library decodes what the codec encodes, and the other way round', async () => {
    const codec: Codec = await openCodec(open());
    const library = new Confluent({ host: inject('registryUrl') });
    for (let index = 0; index < 5; index++) {
      const event: RecordedEvent = mixedEvent(index);
      const record = codec.encode(event);
      const bytes = Buffer.from(record.value);
      const decoded: object = await library.decode(bytes);
      expect({ ...decoded }).toEqual(event.data);
      const again = await library.encode(bytes.readUInt32BE(1), event.data);
      const stored: StoredRecord = { ...record, value: again, partition: 0, offset: 0, timestamp: 0 };
      expect((await codec.decode(stored))[0]?.data).toEqual(event.data);
    }
  });
});
