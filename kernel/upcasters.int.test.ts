import { expect, test } from 'vitest';
import { topicSpecs } from '../cli/adapters/log.ts';
import { openEmbeddedLog } from '../infra/log/embedded/log.ts';
import { CATALOGUE, type EventType, type NewEvent } from '../schemas/catalogue.ts';
import { loadSchemas } from '../schemas/load.ts';
import { publish } from '../schemas/published.ts';
import { page } from '../test/harness/collections.ts';
import { failing } from '../test/harness/faults.ts';
import { temporaryFolder } from '../test/harness/folder.ts';
import { startInVirtualTime } from '../test/harness/services.ts';
import { createCodec, subjectOfSchema } from './codec.ts';
import { createDeadLetters } from './dead-letters/dead-letters.ts';
import { toHeaders } from './envelope.ts';
import { EpochlogError } from './errors.ts';
import { newId } from './ids.ts';
import { createPublisher } from './publisher.ts';
import { createReader } from './reader.ts';
import type { EventSchema } from './schema.ts';
import type { Service } from './service.ts';
import { VirtualClock } from './testing/virtual-clock.ts';
import type { Upcaster } from './upcasters.ts';

const old = (name: string, ...fields: EventSchema['fields']): EventSchema => ({
  type: 'record',
  name,
  namespace: 'epochlog.collections',
  kind: 'request',
  key: 'collectionId',
  doc: 'An event of an earlier version.',
  fields: [{ name: 'collectionId', type: 'string' }, ...fields],
});

/** Renamed to CollectionRequested; its second version added `from`. */
const FETCH = old('FetchRequested', { name: 'file', type: 'string' });
const FETCH_SINCE = old(
  'FetchRequested',
  { name: 'file', type: 'string' },
  { name: 'from', type: ['null', 'string'], default: null },
);
/** Split into CollectionRequested and PageCollected. */
const IMPORT = old('ImportRequested', { name: 'papers', type: 'int' });

const requested = (collectionId: string, source: string, from: string | null = null) => ({
  ...{ collectionId, source, from, to: null },
  ...{ sourceName: '', generated: false },
});

const upcasters: readonly Upcaster[] = [
  {
    from: 'FetchRequested',
    to: ['CollectionRequested'],
    schema: FETCH_SINCE,
    upcast: ({ collectionId, file, from }: { collectionId: string; file: string; from: string | null }) => [
      requested(collectionId, file, from),
    ],
  },
  {
    from: 'ImportRequested',
    to: ['CollectionRequested', 'OutcomeReported'],
    schema: IMPORT,
    upcast: ({ collectionId, papers }: { collectionId: string; papers: number }) => [
      requested(collectionId, 'import'),
      papers === 0 ? null : { requestId: collectionId, label: `${papers}`, reportedAt: 0, source: 'import' },
    ],
  },
];

async function opened(home: string) {
  const log = await openEmbeddedLog({ path: home });
  await log.ensureTopics(topicSpecs(() => 1));
  const codec = await createCodec<NewEvent>(log.registry, {
    catalogue: CATALOGUE,
    schemas: loadSchemas(),
    upcasters,
  });
  const publisher = createPublisher(log, codec, new VirtualClock(0), 'test');
  const deadLetters = createDeadLetters(log, codec, publisher);
  const events = createReader(log, codec);
  const artifacts = { put: absent, get: absent, has: absent, check: absent };
  const store = { log, codec, publisher, deadLetters, events, artifacts, close: () => log.close() };

  /** Appends the frozen binary of a published version. */
  async function append(schema: EventSchema, collectionId: string): Promise<void> {
    const id = await log.registry.idOf(subjectOfSchema('collections', schema), JSON.stringify(schema));
    const head = Buffer.alloc(5);
    head.writeUInt32BE(id, 1);
    const example = publish(schema);
    const value = Buffer.concat([head, Buffer.from(example.binary, 'base64')]);
    const eventId = newId(0);
    const subject = `${schema.name}.collectionId é`;
    const envelope = { id: eventId, source: collectionId, subject, time: 0, sequence: 0, causationId: null };
    const headers = toHeaders(schema.name, { ...envelope, correlationId: eventId });
    await log.append([{ topic: 'epochlog.collections', key: subject, value, headers }]);
  }
  return { store, append, [Symbol.asyncDispose]: () => log.close() };
}

const absent = () => Promise.reject(new Error('this test has no artifacts'));

test('events of every published version of a renamed or split type are read as those of today', async () => {
  await using folder = await temporaryFolder('upcast');
  await using log = await opened(folder.path);
  for (const schema of [FETCH, FETCH_SINCE, IMPORT]) await log.append(schema, 'client');
  const types: EventType[] = ['CollectionRequested', 'OutcomeReported'];
  const end = { topic: 'epochlog.collections', partition: 0, offset: 3 };
  const events = await Array.fromAsync(log.store.events.scan(types, [end]));
  expect(events.map(({ type, offset, data }) => [type, offset, data])).toEqual([
    ['CollectionRequested', 0, requested('FetchRequested.collectionId é', 'FetchRequested.file é')],
    [
      'CollectionRequested',
      1,
      requested('FetchRequested.collectionId é', 'FetchRequested.file é', 'FetchRequested.from é'),
    ],
    ['CollectionRequested', 2, requested('ImportRequested.collectionId é', 'import')],
    [
      'OutcomeReported',
      2,
      { requestId: 'ImportRequested.collectionId é', label: '22', reportedAt: 0, source: 'import' },
    ],
  ]);
  expect(new Set(events.map(({ id }) => id)).size).toBe(4);
});

test('a service reacts to upcast events once, restores them, and a redrive of a split record repeats no output', async () => {
  await using folder = await temporaryFolder('upcast');
  const diary: string[] = [];
  const fail = failing(1, new EpochlogError('INPUT_INVALID', 'not yet'));
  const collector: Service = {
    name: 'collector',
    reactsTo: ['CollectionRequested', 'OutcomeReported'],
    stateFrom: ['OutcomeReported', 'CollectionRequested'],
    effects: true,
    start: () => ({
      evolve: ({ type }) => void diary.push(`folded ${type}`),
      react({ type, subject }) {
        if (type === 'OutcomeReported') fail();
        return [page(subject, type === 'OutcomeReported' ? 2 : 1)];
      },
    }),
  };
  const pages = async (services: Awaited<ReturnType<typeof startInVirtualTime>>) =>
    (await services.all('PageCollected')).map(({ data, sequence }) => [data.page, sequence]);
  {
    await using log = await opened(folder.path);
    for (const schema of [FETCH, IMPORT]) await log.append(schema, 'client');
    await using services = await startInVirtualTime([collector], { store: log.store });
    await services.host.settled();
    expect(await pages(services)).toEqual([
      [1, 1],
      [1, 1],
    ]);
  }
  expect(diary.splice(0)).toEqual([
    'folded CollectionRequested',
    'folded CollectionRequested',
    'folded OutcomeReported',
  ]);
  await using log = await opened(folder.path);
  await using services = await startInVirtualTime([collector], { store: log.store });
  expect(diary).toEqual([
    'folded CollectionRequested',
    'folded CollectionRequested',
    'folded OutcomeReported',
  ]);
  const [deadLetter] = await services.deadLetters.list();
  await services.deadLetters.redrive([deadLetter!.id], { reason: 'fixed', requestedBy: 'test' });
  await services.host.settled();
  expect(await pages(services)).toEqual([
    [1, 1],
    [1, 1],
    [2, 2],
  ]);
});
