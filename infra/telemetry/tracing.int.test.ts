import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { EpochlogError } from '../../kernel/errors.ts';
import { derivedId } from '../../kernel/ids.ts';
import { NO_LOGGER } from '../../kernel/logger.ts';
import type { Service } from '../../kernel/service.ts';
import { SPAN_ATTRIBUTES as ATTR, SPAN_EVENTS } from '../../kernel/telemetry.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { service as realCollector } from '../../services/collector/service.ts';
import { service as curator } from '../../services/curator/service.ts';
import { service as planner } from '../../services/planner/service.ts';
import { generateCorpus } from '../../tasks/arxiv/corpus/generate.ts';
import { batchesFor } from '../../test/harness/batches.ts';
import { collection, collector, inPages, outcome } from '../../test/harness/collections.ts';
import { failing } from '../../test/harness/faults.ts';
import { type ReceivedSpan, startReceiver } from '../../test/harness/otlp-receiver.ts';
import { type ServicesOptions, type ServicesUnderTest, startServices } from '../../test/harness/services.ts';
import { createPrometheus } from './prometheus.ts';
import { startTracing } from './tracing.ts';

/** Reads pages as they come. */
const pageReader: Service = {
  name: 'sealer',
  reactsTo: ['PageCollected'],
  effects: false,
  start: () => ({ react: () => [] }),
};

const digits = (uuid: string) => uuid.replaceAll('-', '');

/** What services trace while something happens, all of it: it is handed over at the end. */
async function traced(
  services: readonly Service[],
  body: (services: ServicesUnderTest) => Promise<unknown>,
  options: ServicesOptions = {},
): Promise<readonly ReceivedSpan[]> {
  await using receiver = await startReceiver();
  const telemetry = options.telemetry ?? createPrometheus();
  const tracer = startTracing({ url: receiver.url, system: 'epochlog', telemetry, logger: NO_LOGGER });
  {
    await using started = await startServices(services, { ...options, telemetry, tracer });
    await body(started);
  }
  await tracer.close();
  return receiver.spans;
}

const named = (spans: readonly ReceivedSpan[], name: string) => spans.filter((span) => span.name === name);

function only(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = named(spans, name);
  expect(found.map((span) => span.name)).toEqual([name]);
  return found[0]!;
}

/** The names on the way from a span up to its root, the root first. */
function pathTo(span: ReceivedSpan, spans: readonly ReceivedSpan[]): string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return parent ? [...pathTo(parent, spans), span.name] : [span.name];
}

describe('a collection', () => {
  test('is one tree of spans, from the request down to the last reaction', async () => {
    const papers = Array.from(generateCorpus({ papers: 30, from: '2024-01', to: '2024-02' }));
    const services = [realCollector, curator, planner];
    let accepted = 0;
    let correlationId = '';
    const spans = await traced(services, async ({ artifacts, publish, all }) => {
      const bytes = Buffer.from(papers.map((paper) => JSON.stringify(paper)).join('\n'));
      const source = await artifacts.put(bytes);
      const request = newEvent('CollectionRequested', {
        collectionId: 'c',
        task: 'arxiv',
        source,
        sourceName: 'papers.jsonl',
        generated: true,
        from: null,
        to: null,
        requestedBy: 'ada',
      });
      const [asked] = await publish(request);
      correlationId = asked!.correlationId;
      accepted = (await all('SampleAccepted')).length;
    });

    expect(accepted).toBeGreaterThan(20);
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === '');
    expect(roots.map(({ name, kind }) => [name, kind])).toEqual([['test CollectionRequested', 'producer']]);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([digits(correlationId)]));
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    const ids = new Set(spans.map(({ spanId }) => spanId));
    expect(spans.filter(({ parentSpanId }) => parentSpanId && !ids.has(parentSpanId))).toEqual([]);

    const reactions = named(spans, 'planner SampleAccepted');
    expect(reactions).toHaveLength(accepted);
    for (const reaction of reactions) {
      expect(pathTo(reaction, spans)).toEqual([
        'test CollectionRequested',
        'collector CollectionRequested',
        'curator RecordIngested',
        'planner SampleAccepted',
      ]);
    }
    expect(named(spans, 'curator RecordIngested')).toHaveLength(papers.length);
    for (const { start, end } of spans) expect(end).toBeGreaterThanOrEqual(start);
    expect(new Set(spans.map(({ resource }) => resource['service.name']))).toEqual(
      new Set(['epochlog-test', 'epochlog-collector', 'epochlog-curator', 'epochlog-planner']),
    );
  });
});

describe('a span', () => {
  test('of a reaction has the position, the event and the number of emitted events', async () => {
    const spans = await traced([inPages(3)], ({ publish }) => publish(collection('c')));
    const publication = only(spans, 'test CollectionRequested');
    const reaction = only(spans, 'collector CollectionRequested');
    const about = {
      [ATTR.system]: 'epochlog',
      [ATTR.topic]: 'epochlog.collections',
      [ATTR.eventId]: expect.any(String),
      [ATTR.type]: 'CollectionRequested',
      [ATTR.subject]: 'c',
      [ATTR.correlation]: publication.attributes[ATTR.eventId],
    };
    expect(publication).toMatchObject({ kind: 'producer', error: undefined });
    expect(publication.attributes).toEqual({
      ...about,
      [ATTR.operationType]: 'send',
      [ATTR.operation]: 'publish',
    });
    expect(reaction).toMatchObject({ kind: 'consumer', events: [], links: [], error: undefined });
    expect(reaction.attributes).toEqual({
      ...about,
      [ATTR.operationType]: 'process',
      [ATTR.operation]: 'react',
      [ATTR.group]: 'collector',
      [ATTR.partition]: '0',
      [ATTR.offset]: 0,
      [ATTR.emitted]: 3,
    });
    expect(reaction.resource).toMatchObject({
      'service.namespace': 'epochlog',
      'service.version': expect.stringMatching(/^\d/),
      'service.instance.id': publication.resource['service.instance.id'],
      'host.name': hostname(),
      'telemetry.sdk.name': 'opentelemetry',
    });
  });

  test('has an event for each retry of a reaction that succeeded', async () => {
    const refuse = failing(3, new EpochlogError('OVERLOADED', 'busy'));
    const service = collector(() => {
      refuse();
      return [];
    });
    const { events, error, attributes } = only(
      await traced([service], ({ publish }) => publish(collection('c'))),
      'collector CollectionRequested',
    );
    expect(error).toBeUndefined();
    expect(attributes[ATTR.retries]).toBe(3);
    const retry = (waitMs: number) => ({
      name: SPAN_EVENTS.retry,
      attributes: { [ATTR.error]: 'OVERLOADED', [ATTR.message]: 'busy', [ATTR.waitMs]: waitMs },
    });
    expect(events).toEqual([50, 100, 200].map(retry));
  });

  test.each([
    [
      'whose reaction can never pass',
      'INPUT_INVALID',
      /^no such source$/,
      async ({ publish }: ServicesUnderTest) => publish(collection('c', 'none')),
    ],
    [
      'that cannot be decoded',
      'EVENT_UNDECODABLE',
      /epochlog\.collections\/0@1: /,
      async ({ publish, log, codec }: ServicesUnderTest) => {
        const [request] = await publish(collection('first'));
        await log.append([{ ...codec.encode(request!), value: Buffer.from([1]) }]);
        await publish(collection('last'));
      },
    ],
  ])('of a record %s has status error and a dead-letter event', async (_what, code, message, body) => {
    const service = collector(({ data: { source } }) => {
      if (source === 'none') throw new EpochlogError('INPUT_INVALID', 'no such source');
      return [];
    });
    const spans = await traced([service], body);
    const failed = spans.filter(({ error }) => error !== undefined);
    expect(failed).toEqual([
      expect.objectContaining({
        name: 'collector CollectionRequested',
        error: expect.stringMatching(message),
        attributes: expect.objectContaining({ [ATTR.error]: code }),
      }),
    ]);
    const [{ events } = { events: [] }] = failed;
    expect(events.map(({ name }) => name)).toEqual([SPAN_EVENTS.deadLetter, 'exception']);
    expect(events[0]?.attributes).toEqual({
      [ATTR.error]: code,
      [ATTR.message]: expect.stringMatching(message),
    });
  });

  test('of a reaction that crashed its service is a sibling of the one that succeeded', async () => {
    const crash = failing(1, new TypeError('a defect'));
    const service = inPages(3, (number) => {
      if (number === 2) crash();
    });
    const spans = await traced([service, pageReader], ({ publish }) => publish(collection('c')), {
      restarts: 1,
    });
    const publication = only(spans, 'test CollectionRequested');
    const [crashed, done] = named(spans, 'collector CollectionRequested');
    expect(crashed).toMatchObject({
      error: 'a defect',
      parentSpanId: publication.spanId,
      attributes: { [ATTR.error]: 'TypeError', [ATTR.emitted]: 1 },
      events: [{ name: 'exception', attributes: { [ATTR.message]: 'a defect' } }],
    });
    expect(done).toMatchObject({ error: undefined, parentSpanId: publication.spanId });
    expect(crashed?.spanId).not.toBe(done?.spanId);
    const readers = named(spans, 'sealer PageCollected');
    expect(readers.map(({ parentSpanId }) => parentSpanId)).toEqual(Array(3).fill(done?.spanId));
  });

  test('of several events published together is one, and the parent of their reactions', async () => {
    const spans = await traced([collector(() => [])], ({ publish }) =>
      publish(collection('a'), collection('b'), outcome('c')),
    );
    const publication = only(spans, 'test CollectionRequested');
    expect(publication.attributes).toMatchObject({ [ATTR.records]: 3 });
    expect(publication.attributes).not.toHaveProperty(ATTR.topic);
    const reactions = named(spans, 'collector CollectionRequested');
    expect(reactions.map(({ parentSpanId }) => parentSpanId)).toEqual(Array(2).fill(publication.spanId));
  });

  test('of a failed publication has status error, and the caller gets the error', async () => {
    const service = collector(() => []);
    const full = new EpochlogError('DISK_FULL', 'no room');
    const spans = await traced(
      [service],
      ({ host }) => expect(host.contextOf(service).publisher.publish([collection('c')])).rejects.toBe(full),
      { faults: { beforeAppend: failing(1, full) } },
    );
    expect(spans).toEqual([
      expect.objectContaining({
        name: 'collector CollectionRequested',
        kind: 'producer',
        error: 'no room',
        attributes: expect.objectContaining({ [ATTR.error]: 'DISK_FULL' }),
      }),
    ]);
  });

  test('of a batch is the root of its own trace, with links to those of its events', async () => {
    const batches: number[] = [];
    const projector: Service = {
      name: 'projector',
      reactsTo: '*',
      effects: true,
      start: () => ({ batch: batchesFor(async (events) => void batches.push(events.length)) }),
    };
    const ids: string[] = [];
    const spans = await traced([projector], async ({ publish }) => {
      for (const id of ['a', 'b']) ids.push((await publish(collection(id), outcome(id)))[0]!.id);
    });
    const projections = named(spans, 'projector batch');
    expect(projections.map(({ attributes }) => attributes[ATTR.records])).toEqual(batches);
    expect(new Set(projections.flatMap(({ links }) => links.map(({ traceId }) => traceId)))).toEqual(
      new Set(ids.map(digits)),
    );
    for (const { traceId, parentSpanId, kind } of projections) {
      expect([parentSpanId, kind, ids.map(digits).includes(traceId)]).toEqual(['', 'consumer', false]);
    }
  });

  test('of a reaction to an event with a foreign traceparent links to that trace', async () => {
    const theirs = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
    const spans = await traced([collector(() => [])], async ({ log, codec, publish }) => {
      const [request] = await publish(collection('ours'));
      const record = codec.encode({ ...request!, id: derivedId(request!.id, 'somebody', 0) });
      const traceparent = `00-${theirs.traceId}-${theirs.spanId}-01`;
      await log.append([{ ...record, headers: { ...record.headers, traceparent } }]);
      await publish(outcome('last'));
    });
    const [ours, other] = named(spans, 'collector CollectionRequested');
    expect(ours?.links).toEqual([]);
    expect(other).toMatchObject({ traceId: ours?.traceId, parentSpanId: '', links: [theirs] });
  });

  test('is skipped when the ids cannot form a trace id; the step runs', async () => {
    const spans = await traced([inPages(2)], async ({ publisher, host, all }) => {
      await publisher.publish([collection('c')], 'not a UUID');
      await host.settled();
      expect(await all('PageCollected')).toHaveLength(2);
    });
    expect(spans).toEqual([]);
  });
});
