import { describe, expect, test } from 'vitest';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { deciderService, type NewEvent, newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import { content, readAll } from '../../test/contract/event-log-kit.ts';
import { collection, collector, KINDS, page } from '../../test/harness/collections.ts';
import { type ServicesUnderTest, startInVirtualTime } from '../../test/harness/services.ts';
import { EpochlogError } from '../errors.ts';
import type { LogRecord, StoredRecord } from '../ports/log.ts';
import type { Service } from '../service.ts';

const TOPIC = 'epochlog.collections';

const deadLettersOf = (services: ServicesUnderTest) => readAll(services.log, `${TOPIC}.dlq`);

/** The record with the headers of its dead letter. */
const expectedDeadLetter = (record: StoredRecord, code: string, message: unknown) => ({
  ...content(record),
  topic: `${TOPIC}.dlq`,
  headers: {
    ...record.headers,
    dlq_service: 'collector',
    dlq_step: code === 'EVENT_UNDECODABLE' ? 'decode' : 'react',
    dlq_code: code,
    dlq_message: message,
    dlq_partition: '0',
    dlq_offset: `${record.offset}`,
    dlq_attempt: '1',
  },
});

const pagesOf = async (services: ServicesUnderTest) =>
  (await services.all('PageCollected')).map(({ subject, sequence }) => `${subject} ${sequence}`);

const REASONS: readonly [code: string, message: RegExp, reaction: () => NewEvent[]][] = [
  [
    'INPUT_INVALID',
    /no such source/,
    () => {
      throw new EpochlogError('INPUT_INVALID', 'no such source');
    },
  ],
  ['EVENT_INVALID', /PageCollected .* page/, () => [page('bad', 1), page('bad', 0.5)]],
  ['EVENT_INVALID', /collectionId/, () => [page('bad', 1), page('', 1)]],
  [
    'EVENT_NOT_OWNED',
    /collector emitted SampleRejected, .* curator alone/,
    () => [
      page('bad', 1),
      newEvent('SampleRejected', {
        task: 'arxiv',
        recordId: 'bad',
        reason: 'too_short',
        detail: '',
        replaces: false,
      }) as NewEvent,
    ],
  ],
];

describe.each(KINDS)('an event that %s cannot process', (_kind, make) => {
  test.each(REASONS)('becomes a dead letter with its error, here %s %s', async (code, message, reaction) => {
    const telemetry = createPrometheus();
    /** of each commit: its offset and its number of dead letters */
    const commits: { passed: number; deadLetters: number }[] = [];
    const faults = {
      beforeCommit: ([next]: readonly { offset: number }[], outputs: readonly LogRecord[]) => {
        const deadLetters = outputs.filter(({ topic }) => topic.endsWith('.dlq')).length;
        commits.push({ passed: next!.offset, deadLetters });
      },
    };
    const service = make(({ subject }) => (subject === 'bad' ? reaction() : [page(subject, 1)]));
    await using services = await startInVirtualTime([service], { telemetry, faults });
    await services.publish(collection('before'), collection('bad'), collection('after'));

    const bad = (await readAll(services.log, TOPIC)).find(({ key }) => key === 'bad')!;
    expect((await deadLettersOf(services)).map(content)).toEqual([
      expectedDeadLetter(bad, code, expect.stringMatching(message)),
    ]);
    expect(commits.find(({ passed }) => passed > bad.offset)?.deadLetters).toBe(1);
    expect(await pagesOf(services)).toEqual(['before 1', 'after 1']);
    expect((await telemetry.scrape()).text).toContain(
      `epochlog_dead_letters_total{service="collector",code="${code}"} 1\n`,
    );
  });
});

describe('what is not emitted', () => {
  test('leaves a decider unchanged: no sequence is lost, and the state is the same', async () => {
    const evolved: string[] = [];
    const service = deciderService({
      name: 'collector',
      reactsTo: ['CollectionRequested'],
      stateFrom: ['PageCollected'],
      decider: () => ({
        initialState: () => 0,
        decide: (pages, { subject, data: { source } }) =>
          source === 'bad' ? [page(subject, pages + 1), page(subject, 0.5)] : [page(subject, pages + 1)],
        evolve(pages, { subject, sequence }) {
          evolved.push(`${subject} ${sequence}`);
          return pages + 1;
        },
      }),
    });
    await using services = await startInVirtualTime([service]);
    await services.publish(collection('c'), collection('c', 'bad'), collection('c'));
    await services.publish(collection('c', 'bad'));
    await services.publish(collection('c'));
    expect(await pagesOf(services)).toEqual(['c 1', 'c 2', 'c 3']);
    expect((await services.all('PageCollected')).map(({ data }) => data.page)).toEqual([1, 2, 3]);
    expect(evolved).toEqual(['c 1', 'c 2', 'c 3']);
    expect(await deadLettersOf(services)).toHaveLength(2);
  });

  test('can be reported instead: the reaction gets the error, and the sequence is free', async () => {
    const service = collector(async ({ subject }, emit) => {
      await emit(page(subject, 1));
      const refusal: unknown = await emit(page(subject, 2), page(subject, 0.5)).catch((error) => error);
      const code = refusal instanceof EpochlogError ? refusal.code : 'none';
      return [newEvent('CollectionFailed', { collectionId: subject, task: 'arxiv', code, reason: '' })];
    });
    await using services = await startInVirtualTime([service]);
    await services.publish(collection('c'));
    const facts = await services.all('PageCollected', 'CollectionFailed');
    expect(facts.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['PageCollected', 1],
      ['CollectionFailed', 2],
    ]);
    expect(facts[1]?.data).toMatchObject({ code: 'EVENT_INVALID' });
    expect(await deadLettersOf(services)).toEqual([]);
  });
});

/** A record that was a good event, spoilt. */
const spoilt = (
  services: ServicesUnderTest,
  event: RecordedEvent,
  change: Partial<LogRecord>,
): LogRecord => ({
  ...services.codec.encode(event),
  ...change,
});

describe('a record from another client', () => {
  const service = collector(({ subject }) => [page(subject, 1)]);

  test('and that cannot be decoded, becomes a dead letter with the same bytes', async () => {
    await using services = await startInVirtualTime([service]);
    const [request] = await services.publish(collection('first'));
    const { value, headers } = services.codec.encode(request!);
    const { ce_id: _, ...unidentified } = headers;
    await services.log.append([
      spoilt(services, request!, { value: Buffer.from([1, 2, 3]), headers: { ...headers, note: 'é' } }),
      spoilt(services, request!, { value: value.subarray(0, -1) }),
      spoilt(services, request!, { value: Buffer.concat([value, Buffer.from([0])]) }),
      spoilt(services, request!, { headers: unidentified }),
    ]);
    await services.publish(collection('last'));

    const records = await readAll(services.log, TOPIC);
    const foreign = records.filter(({ offset }) => offset >= 2 && offset < 6);
    expect((await deadLettersOf(services)).map(content)).toEqual(
      foreign.map((record) => expectedDeadLetter(record, 'EVENT_UNDECODABLE', expect.any(String))),
    );
    expect(await pagesOf(services)).toEqual(['first 1', 'last 1']);
  });

  test('of an unknown type, is skipped', async () => {
    await using services = await startInVirtualTime([service]);
    const [request] = await services.publish(collection('first'));
    const { headers } = services.codec.encode(request!);
    await services.log.append([
      spoilt(services, request!, { headers: { ...headers, ce_type: 'CollectionAnnulled' } }),
      spoilt(services, request!, { headers: {} }),
    ]);
    await services.publish(collection('last'));
    expect(await deadLettersOf(services)).toEqual([]);
    expect(await pagesOf(services)).toEqual(['first 1', 'last 1']);
  });

  test('becomes a dead letter of a projector, which reads every type, when it cannot be decoded', async () => {
    const projected: string[] = [];
    const projector: Service = {
      name: 'projector',
      reactsTo: '*',
      effects: false,
      start: () => ({
        async project(batch) {
          projected.push(...batch.map(({ subject }) => subject));
        },
      }),
    };
    await using services = await startInVirtualTime([projector]);
    const [request] = await services.publish(collection('first'));
    const { headers } = services.codec.encode(request!);
    await services.log.append([
      spoilt(services, request!, { value: Buffer.from([1, 2, 3]) }),
      spoilt(services, request!, { headers: { ...headers, ce_type: 'CollectionAnnulled' } }),
    ]);
    await services.publish(collection('second'));
    await services.log.append([spoilt(services, request!, { value: Buffer.from([]) })]);
    await services.host.settled();
    expect(projected).toEqual(['first', 'second']);
    const deadLetters = await deadLettersOf(services);
    expect(
      deadLetters.map(({ headers }) => [headers.dlq_service, headers.dlq_code, headers.dlq_offset]),
    ).toEqual(['1', '2', '4'].map((offset) => ['projector', 'EVENT_UNDECODABLE', offset]));
  });
});
