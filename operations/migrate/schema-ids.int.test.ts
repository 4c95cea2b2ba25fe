import { expect, test } from 'vitest';
import { subjectOfSchema } from '../../kernel/codec.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { record } from '../../test/contract/event-log-kit.ts';
import { fill, lookupIn, newLogs } from '../../test/harness/migration.ts';
import { SchemaIds, usedSchemas } from './schema-ids.ts';
import { SourceLog } from './source-log.ts';

const [stream] = loadSchemas();
const schema = stream!.events[0]!;
const subject = subjectOfSchema(stream!.name, schema);

test('a missing schema that can be pushed is an error that says so', async () => {
  const { source } = await newLogs();
  await fill(source);
  const used = await usedSchemas(await SourceLog.of(source));
  expect(used.length).toBeGreaterThan(20);
  await expect(SchemaIds.find(used, { find: async () => undefined })).rejects.toMatchObject({
    code: 'SCHEMA_UNKNOWN',
    message: expect.stringContaining('schemas push'),
  });
});

test('schemas that were never published are registered, under the subject of their topic', async () => {
  const logs = await newLogs();
  const { source, target } = logs;
  const text = JSON.stringify({ ...schema, doc: 'while it was being written' });
  await source.registry.idOf('elsewhere', text);
  const id = await source.registry.idOf(subject, text);
  const value = Buffer.alloc(9);
  value.writeUInt32BE(id, 1);
  const topic = `epochlog.${stream!.name}`;
  await source.append([record(topic, 'key', value), record(`${topic}.dlq`, 'key', value)]);

  const used = await usedSchemas(await SourceLog.of(source));
  expect(used).toEqual([topic, `${topic}.dlq`].map((of) => ({ topic: of, id, subject, schema: text })));
  const ids = await SchemaIds.find(used, lookupIn(target));
  expect(ids.unpublished).toEqual(used);
  expect(ids.of(topic, id)).toBeUndefined();
  await ids.register(target.registry);
  expect(ids.unpublished).toEqual([]);
  const registered = (await target.registry.list()).find((one) => one.id === ids.of(topic, id));
  expect(registered).toMatchObject({ schema: text, subjects: [subject] });
});
