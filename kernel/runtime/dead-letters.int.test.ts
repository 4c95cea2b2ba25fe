import { describe, expect, test } from 'vitest';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { content, readAll } from '../../test/contract/event-log-kit.ts';
import { batchesFor } from '../../test/harness/batches.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { type OrderServices, startInVirtualTime } from '../../test/harness/orders.ts';
import { EpochlogError } from '../errors.ts';
import type { LogRecord, StoredRecord } from '../ports/log.ts';
import {
  newOrderEvent,
  type OrderEvent,
  order,
  type RecordedOrderEvent,
  shipped,
} from '../testing/orders.ts';
import { deciderService, KINDS, reactorService, type Service, warehouse } from '../testing/warehouse.ts';

const TOPIC = 'epochlog.orders';

const deadLettersOf = (services: OrderServices) => readAll(services.log, `${TOPIC}.dlq`);

/** The record with the headers of its dead letter. */
const expectedDeadLetter = (record: StoredRecord, code: string, message: unknown) => ({
  ...content(record),
  topic: `${TOPIC}.dlq`,
  headers: {
    ...record.headers,
    dlq_service: 'warehouse',
    dlq_step: code === 'EVENT_UNDECODABLE' ? 'decode' : 'react',
    dlq_code: code,
    dlq_message: message,
    dlq_partition: '0',
    dlq_offset: `${record.offset}`,
    dlq_attempt: '1',
  },
});

const parcelsOf = async (services: OrderServices) =>
  (await services.all('OrderShipped')).map(({ subject, sequence }) => `${subject} ${sequence}`);

const REASONS: readonly [code: string, message: RegExp, reaction: () => OrderEvent[]][] = [
  [
    'INPUT_INVALID',
    /no such item/,
    () => {
      throw new EpochlogError('INPUT_INVALID', 'no such item');
    },
  ],
  ['EVENT_INVALID', /OrderShipped .* parcel/, () => [shipped('bad', 1), shipped('bad', 0.5)]],
  ['EVENT_INVALID', /orderId/, () => [shipped('bad', 1), shipped('', 1)]],
  [
    'EVENT_NOT_OWNED',
    /warehouse emitted PaymentReceived, .* bank alone/,
    () => [
      shipped('bad', 1),
      newOrderEvent('PaymentReceived', { account: 'bad', paymentId: '1', amount: 1 }),
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
    const service = make(({ subject }) => (subject === 'bad' ? reaction() : [shipped(subject, 1)]));
    await using services = await startInVirtualTime([service], { telemetry, faults });
    await services.publish(order('before'), order('bad'), order('after'));

    const bad = (await readAll(services.log, TOPIC)).find(({ key }) => key === 'bad')!;
    expect((await deadLettersOf(services)).map(content)).toEqual([
      expectedDeadLetter(bad, code, expect.stringMatching(message)),
    ]);
    expect(commits.find(({ passed }) => passed > bad.offset)?.deadLetters).toBe(1);
    expect(await parcelsOf(services)).toEqual(['before 1', 'after 1']);
    expect((await telemetry.scrape()).text).toContain(
      `epochlog_dead_letters_total{service="warehouse",code="${code}"} 1\n`,
    );
  });
});

describe('what is not emitted', () => {
  test('leaves a decider unchanged: no sequence is lost, and the state is the same', async () => {
    const evolved: string[] = [];
    const service = deciderService({
      name: 'warehouse',
      reactsTo: ['OrderPlaced'],
      stateFrom: ['OrderShipped'],
      decider: () => ({
        initialState: () => 0,
        decide: (parcels, { subject, data: { note } }) =>
          note === 'bad'
            ? [shipped(subject, parcels + 1), shipped(subject, 0.5)]
            : [shipped(subject, parcels + 1)],
        evolve(parcels, { subject, sequence }) {
          evolved.push(`${subject} ${sequence}`);
          return parcels + 1;
        },
      }),
    });
    await using services = await startInVirtualTime([service]);
    await services.publish(order('c'), order('c', 'bad'), order('c'));
    await services.publish(order('c', 'bad'));
    await services.publish(order('c'));
    expect(await parcelsOf(services)).toEqual(['c 1', 'c 2', 'c 3']);
    expect((await services.all('OrderShipped')).map(({ data }) => data.parcel)).toEqual([1, 2, 3]);
    expect(evolved).toEqual(['c 1', 'c 2', 'c 3']);
    expect(await deadLettersOf(services)).toHaveLength(2);
  });

  test('can be reported instead: the reaction gets the error, and the sequence is free', async () => {
    const service = warehouse(async ({ subject }, emit) => {
      await emit(shipped(subject, 1));
      const refusal: unknown = await emit(shipped(subject, 2), shipped(subject, 0.5)).catch((error) => error);
      const code = refusal instanceof EpochlogError ? refusal.code : 'none';
      return [newOrderEvent('OrderRefused', { orderId: subject, code, reason: '' })];
    });
    await using services = await startInVirtualTime([service]);
    await services.publish(order('c'));
    const facts = await services.all('OrderShipped', 'OrderRefused');
    expect(facts.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['OrderShipped', 1],
      ['OrderRefused', 2],
    ]);
    expect(facts[1]?.data).toMatchObject({ code: 'EVENT_INVALID' });
    expect(await deadLettersOf(services)).toEqual([]);
  });
});

describe('a service that watches dead letters', () => {
  /** Ships a parcel for each dead letter there is, and crashes once after it has seen the second. */
  const watcher = (seen: string[]): Service =>
    reactorService({
      name: 'supplier',
      reactsTo: [],
      watchesDeadLetters: true,
      start: () => ({
        on: {},
        deadLetter({ id, service, code, attempt }) {
          seen.push(`${id} ${service} ${code} ${attempt}`);
          if (seen.length === 2) throw new Error('kill -9');
          return [newOrderEvent('RestockRefused', { item: id })];
        },
      }),
    });

  test('takes each once, of streams that it does not react to, and no redrive record', async () => {
    const seen: string[] = [];
    const bad = warehouse(() => {
      throw new EpochlogError('INPUT_INVALID', 'no such item');
    });
    await using services = await startInVirtualTime([bad, watcher(seen)], { restarts: 1 });
    await services.publish(order('a'), order('b'));
    await services.host.settled();
    await services.deadLetters.redrive(['orders/0@0'], { reason: 'again', requestedBy: 'ada' });
    await services.host.settled();
    expect(new Set(seen)).toEqual(
      new Set([
        'orders/0@0 warehouse INPUT_INVALID 1',
        'orders/0@1 warehouse INPUT_INVALID 1',
        'orders/0@3 warehouse INPUT_INVALID 2',
      ]),
    );
    const refused = await services.all('RestockRefused');
    expect(refused.map(({ data }) => data.item)).toEqual(['orders/0@0', 'orders/0@1', 'orders/0@3']);
  });
});

/** A record that was a good event, spoilt. */
const spoilt = (
  services: OrderServices,
  event: RecordedOrderEvent,
  change: Partial<LogRecord>,
): LogRecord => ({
  ...services.codec.encode(event),
  ...change,
});

describe('a record from another client', () => {
  const service = warehouse(({ subject }) => [shipped(subject, 1)]);

  test('and that cannot be decoded, becomes a dead letter with the same bytes', async () => {
    await using services = await startInVirtualTime([service]);
    const [request] = await services.publish(order('first'));
    const { value, headers } = services.codec.encode(request!);
    const { ce_id: _, ...unidentified } = headers;
    await services.log.append([
      spoilt(services, request!, { value: Buffer.from([1, 2, 3]), headers: { ...headers, note: 'é' } }),
      spoilt(services, request!, { value: value.subarray(0, -1) }),
      spoilt(services, request!, { value: Buffer.concat([value, Buffer.from([0])]) }),
      spoilt(services, request!, { headers: unidentified }),
    ]);
    await services.publish(order('last'));

    const records = await readAll(services.log, TOPIC);
    const foreign = records.filter(({ offset }) => offset >= 2 && offset < 6);
    expect((await deadLettersOf(services)).map(content)).toEqual(
      foreign.map((record) => expectedDeadLetter(record, 'EVENT_UNDECODABLE', expect.any(String))),
    );
    expect(await parcelsOf(services)).toEqual(['first 1', 'last 1']);
  });

  test('of an unknown type, is skipped', async () => {
    await using services = await startInVirtualTime([service]);
    const [request] = await services.publish(order('first'));
    const { headers } = services.codec.encode(request!);
    await services.log.append([
      spoilt(services, request!, { headers: { ...headers, ce_type: 'OrderAnnulled' } }),
      spoilt(services, request!, { headers: {} }),
    ]);
    await services.publish(order('last'));
    expect(await deadLettersOf(services)).toEqual([]);
    expect(await parcelsOf(services)).toEqual(['first 1', 'last 1']);
  });

  test('becomes a dead letter of a projector, which reads every type, when it cannot be decoded', async () => {
    const projected: string[] = [];
    const projector: Service = {
      name: 'projector',
      reactsTo: '*',
      effects: false,
      start: () => ({
        batch: batchesFor(async (events) => {
          projected.push(...events.map(({ subject }) => subject));
        }),
      }),
    };
    await using services = await startInVirtualTime([projector]);
    const [request] = await services.publish(order('first'));
    const { headers } = services.codec.encode(request!);
    await services.log.append([
      spoilt(services, request!, { value: Buffer.from([1, 2, 3]) }),
      spoilt(services, request!, { headers: { ...headers, ce_type: 'OrderAnnulled' } }),
    ]);
    await services.publish(order('second'));
    await services.log.append([spoilt(services, request!, { value: Buffer.from([]) })]);
    await services.host.settled();
    expect(projected).toEqual(['first', 'second']);
    const deadLetters = await deadLettersOf(services);
    expect(
      deadLetters.map(({ headers }) => [headers.dlq_service, headers.dlq_code, headers.dlq_offset]),
    ).toEqual(['1', '2', '4'].map((offset) => ['projector', 'EVENT_UNDECODABLE', offset]));
  });

  test('among many, which are polled in pages and projected in one batch, becomes one too', async () => {
    const batches: number[] = [];
    const projector: Service = {
      name: 'projector',
      reactsTo: '*',
      effects: false,
      start: () => ({ batch: batchesFor(async ({ length }) => void batches.push(length)) }),
    };
    await using folder = await temporaryFolder('pages');
    {
      await using services = await startInVirtualTime([], { home: folder.path });
      const [first] = await services.publish(order('first'));
      const fine = services.codec.encode(first!);
      const bad = spoilt(services, first!, { value: Buffer.from([1, 2, 3]) });
      await services.log.append(Array.from({ length: 1_199 }, (_, i) => (i === 700 ? bad : fine)));
    }
    await using services = await startInVirtualTime([projector], { home: folder.path });
    await services.host.settled();
    expect(batches.filter((events) => events > 0)).toEqual([1_199]); // the dead letter is polled as well
    expect((await deadLettersOf(services)).map(({ headers }) => headers.dlq_offset)).toEqual(['701']);
  });
});
