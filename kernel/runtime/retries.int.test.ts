import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { content, readAll } from '../../test/contract/event-log-kit.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { failing } from '../../test/harness/faults.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { inNewerSchema, type Newer } from '../../test/harness/newer-schema.ts';
import { type OrderServices, startInVirtualTime } from '../../test/harness/orders.ts';
import { redriveRecord } from '../dead-letters/record.ts';
import { EpochlogError } from '../errors.ts';
import type { LogRecord, StoredRecord } from '../ports/log.ts';
import {
  ORDER_SCHEMAS,
  ORDERS,
  type OrderEvent,
  order,
  type RecordedOrderEvent,
  recorded,
  restock,
  shipped,
} from '../testing/orders.ts';
import { deciderService, inParcels, KINDS, type Service, warehouse } from '../testing/warehouse.ts';
import { deadLetterTopicOf, topicOf } from '../topics.ts';

const TOPIC = 'epochlog.orders';
const DEAD_LETTERS = `${TOPIC}.dlq`;
const KILLED = new Error('killed here');

const isRedrive = ({ headers }: LogRecord) => headers.dlq_redrive !== undefined;
const deadLettersOf = async ({ log }: Pick<OrderServices, 'log'>, topic = DEAD_LETTERS) =>
  (await readAll(log, topic)).filter((record) => !isRedrive(record));

/** Redrives these dead letters, and waits until no service has lag. */
async function redrive(services: OrderServices, ...deadLetters: readonly StoredRecord[]): Promise<void> {
  await services.log.append(deadLetters.map(redriveRecord));
  await services.host.settled();
}

const parcelsOf = async (services: OrderServices) =>
  (await services.all('OrderShipped')).map(({ subject, sequence }) => `${subject} ${sequence}`);

const refusal = () => {
  throw new EpochlogError('INPUT_INVALID', 'no such item');
};

describe.each(KINDS)('an event that %s could not process', (_kind, make) => {
  test('is processed once when it is redriven: outputs and the offset of the redrive record are one commit', async () => {
    let refuse = true;
    const commits: { passed: number; outputs: number }[] = [];
    const faults = {
      beforeCommit(next: readonly { topic: string; offset: number }[], outputs: readonly LogRecord[]) {
        const deadLetters = next.find(({ topic }) => topic === DEAD_LETTERS);
        if (deadLetters && outputs.length > 0)
          commits.push({ passed: deadLetters.offset, outputs: outputs.length });
      },
    };
    const service = make(({ subject }) => {
      if (subject === 'bad' && refuse) refusal();
      return [shipped(subject, 1)];
    });
    await using folder = await temporaryFolder('retries');
    const { path: home } = folder;
    {
      await using services = await startInVirtualTime([service], { home, faults });
      const [before, bad] = await services.publish(order('before'), order('bad'));
      await services.publish(order('after'));
      expect(await parcelsOf(services)).toEqual(['before 1', 'after 1']);
      refuse = false;
      const [deadLetter] = await deadLettersOf(services);
      await redrive(services, deadLetter!);
      expect(await parcelsOf(services)).toEqual(['before 1', 'after 1', 'bad 1']);
      expect(commits).toEqual([{ passed: 2, outputs: 1 }]);
      expect((await services.all('OrderShipped')).at(-1)).toMatchObject({
        causationId: bad?.id,
        correlationId: bad?.correlationId,
      });
      expect(before?.id).not.toBe(bad?.id);
      await redrive(services, deadLetter!, deadLetter!);
    }
    await using services = await startInVirtualTime([service], { home });
    await redrive(services, (await deadLettersOf(services))[0]!);
    expect(await parcelsOf(services)).toEqual(['before 1', 'after 1', 'bad 1']);
    expect(await deadLettersOf(services)).toHaveLength(1);
  });

  test('that fails again is a dead letter of the next attempt, at its own position', async () => {
    const codes = ['INPUT_INVALID', 'ARTIFACT_MISSING'] as const;
    let attempts = 0;
    const service = make(({ subject }) => {
      const code = codes[attempts++];
      if (code) throw new EpochlogError(code, `attempt ${attempts}`);
      return [shipped(subject, 1)];
    });
    await using services = await startInVirtualTime([service]);
    await services.publish(order('bad'));
    const [original] = await readAll(services.log, TOPIC);
    const [first] = await deadLettersOf(services);
    await redrive(services, first!);
    const [, second] = await deadLettersOf(services);
    expect(content(second!)).toEqual({
      ...content(original!),
      topic: DEAD_LETTERS,
      headers: {
        ...original!.headers,
        dlq_service: 'warehouse',
        dlq_step: 'react',
        dlq_code: 'ARTIFACT_MISSING',
        dlq_message: 'attempt 2',
        dlq_attempt: '2',
        dlq_partition: '0',
        dlq_offset: '0',
      },
    });
    await redrive(services, first!);
    expect(attempts).toBe(2);
    await redrive(services, second!);
    expect(await parcelsOf(services)).toEqual(['bad 1']);
    expect(await deadLettersOf(services)).toHaveLength(2);
  });

  test.each([
    ['before', { beforeCommit: true }],
    ['after', { afterCommit: true }],
  ])(
    'is processed once when it is redriven and the service crashes just %s the commit',
    async (_when, where) => {
      let armed = false;
      let refuse = true;
      const crash = failing(1, KILLED);
      const crashIfArmed = () => {
        if (armed) crash();
      };
      const faults = Object.fromEntries(Object.keys(where).map((hook) => [hook, crashIfArmed]));
      const service = make(({ subject }) => {
        if (refuse) refusal();
        return [shipped(subject, 1)];
      });
      await using services = await startInVirtualTime([service], { faults, restarts: 1 });
      await services.publish(order('bad'), order('worse'));
      refuse = false;
      armed = true;
      await redrive(services, ...(await deadLettersOf(services)));
      expect(services.host.status()).toMatchObject([{ lastError: KILLED.message }]);
      expect(await parcelsOf(services)).toEqual(['bad 1', 'worse 1']);
      expect((await services.all('OrderShipped')).map(({ id }) => id)).toEqual([
        ...new Set((await services.all('OrderShipped')).map(({ id }) => id)),
      ]);
    },
  );
});

test('a record with dead-letter headers outside a dead-letter topic is no redrive record', async () => {
  const service = warehouse(() => refusal());
  await using services = await startInVirtualTime([service]);
  await services.publish(order('bad'));
  const [deadLetter] = await deadLettersOf(services);
  await services.log.append([{ ...redriveRecord(deadLetter!), topic: TOPIC }]);
  await services.host.settled();
  const [, again] = await deadLettersOf(services);
  expect(again?.headers).toMatchObject({ dlq_attempt: '1', dlq_offset: '1' });
  expect(isRedrive(again!)).toBe(false);
});

test('a redrive record is processed by its own service only', async () => {
  const seen: string[] = [];
  let refuse = true;
  const one = warehouse(({ subject }) => {
    if (refuse) refusal();
    return [shipped(subject, 1)];
  });
  const other: Service = {
    name: 'supplier',
    reactsTo: ['OrderPlaced'],
    effects: false,
    start: () => ({
      react({ subject }) {
        seen.push(subject);
        return [];
      },
    }),
  };
  await using services = await startInVirtualTime([one, other]);
  await services.publish(order('bad'));
  refuse = false;
  await redrive(services, ...(await deadLettersOf(services)));
  expect(seen).toEqual(['bad']);
  expect(await parcelsOf(services)).toEqual(['bad 1']);
});

describe('facts that a reaction emitted before it failed', () => {
  /** Fails before the parcel given the first time that it comes to it. */
  const failingBefore = (number: number, error: Error) => {
    const fail = failing(1, error);
    return inParcels(3, (parcel) => {
      if (parcel === number) fail();
    });
  };
  const missing = new EpochlogError('ARTIFACT_MISSING', 'not there yet');
  const inOrder = ['a 1', 'a 2', 'a 3'];

  test('are not emitted again when it is redriven', async () => {
    await using services = await startInVirtualTime([failingBefore(3, missing)]);
    await services.publish(order('a'));
    expect(await parcelsOf(services)).toEqual(['a 1', 'a 2']);
    await redrive(services, ...(await deadLettersOf(services)));
    expect(await parcelsOf(services)).toEqual(inOrder);
    expect((await services.all('OrderShipped')).map(({ data }) => data.parcel)).toEqual([1, 2, 3]);
  });

  test.each([
    ['before', false],
    ['after', true],
  ])('nor when the service was restarted %s the redrive was requested', async (_when, ordered) => {
    await using folder = await temporaryFolder('retries');
    const { path: home } = folder;
    {
      await using services = await startInVirtualTime([failingBefore(3, missing)], { home });
      await services.publish(order('a'));
      await services.publish(order('b'));
      await services.host.stop();
      if (ordered) await services.log.append((await deadLettersOf(services)).map(redriveRecord));
    }
    await using services = await startInVirtualTime([inParcels(3)], { home });
    if (!ordered) await services.log.append((await deadLettersOf(services)).map(redriveRecord));
    await services.host.settled();
    const parcels = (await parcelsOf(services)).filter((text) => text.startsWith('a'));
    expect(parcels).toEqual(inOrder);
    expect((await services.all('OrderShipped')).filter(({ subject }) => subject === 'b')).toHaveLength(3);
  });

  test('nor when the redrive crashes or fails again', async () => {
    const failures: Readonly<Record<number, () => void>> = {
      2: failing(1, missing),
      3: (() => {
        const [crash, fail] = [failing(1, KILLED), failing(2, missing)];
        return () => {
          crash();
          fail();
        };
      })(),
    };
    await using services = await startInVirtualTime([inParcels(3, (parcel) => failures[parcel]?.())], {
      restarts: 1,
    });
    await services.publish(order('a'));
    expect(await parcelsOf(services)).toEqual(['a 1']);
    const [first] = await deadLettersOf(services);
    await redrive(services, first!);
    expect(await parcelsOf(services)).toEqual(['a 1', 'a 2']);
    await redrive(services, (await deadLettersOf(services))[1]!);
    expect(await deadLettersOf(services)).toHaveLength(3);
    await redrive(services, (await deadLettersOf(services))[2]!);
    expect(await parcelsOf(services)).toEqual(inOrder);
  });
});

/** A warehouse that counts restock requests, reacts with their number, and keeps a diary. */
const accountant = (diary: string[], react?: (request: RecordedOrderEvent) => void): Service =>
  deciderService({
    name: 'warehouse',
    reactsTo: ['OrderPlaced'],
    stateFrom: ['RestockRequested', 'OrderPlaced'],
    decider: () => ({
      initialState: () => 0,
      decide(count, event) {
        if (event.type !== 'OrderPlaced') throw new Error(`${event.type} is not reacted to`);
        react?.(event);
        diary.push(`reaction ${event.subject}, ${count} restocks`);
        return [shipped(event.subject, 1, count)];
      },
      evolve(count, { type, subject }) {
        diary.push(`${type} ${subject}`);
        return type === 'RestockRequested' ? count + 1 : count;
      },
    }),
  });

/** The log tells milliseconds apart. */
async function nextMillisecond(): Promise<void> {
  const then = Date.now();
  while (Date.now() === then) await turn();
}

describe('an event that could not be decoded', () => {
  test.each([
    ['folded', restock('x'), ['RestockRequested x']],
    ['reacted to and folded', order('x'), ['reaction x, 2 restocks', 'OrderPlaced x']],
  ])(
    'is %s when it is redriven with its schema registered, and stays in the restored state',
    async (_, event, taken) => {
      await using folder = await temporaryFolder('retries');
      const { path: home } = folder;
      const topic = deadLetterTopicOf(topicOf(ORDERS.streamOf(event.type)));
      let newer: Newer | undefined;
      /** What one run of the service restores, and what it does then. */
      const live = async (work: (services: OrderServices) => Promise<unknown>) => {
        const diary: string[] = [];
        await using services = await startInVirtualTime([accountant(diary)], { home });
        const restored = diary.splice(0);
        await work(services);
        await services.host.settled();
        return { restored, diary };
      };
      const publishEach = async ({ publish }: OrderServices, ...events: readonly OrderEvent[]) => {
        for (const event of events) {
          await nextMillisecond();
          await publish(event);
        }
      };

      const first = await live(async (services) => {
        await publishEach(services, restock('1'), order('a'));
        const unknown: RecordedOrderEvent = recorded(event);
        newer = await inNewerSchema(home, { codec: services.codec, schemas: ORDER_SCHEMAS, event: unknown });
        await services.log.append([newer.record]);
        await services.host.settled();
        await publishEach(services, restock('2'), order('b'));
      });
      expect(first.diary).toEqual([
        ...['RestockRequested 1', 'reaction a, 1 restocks', 'OrderPlaced a'],
        ...['RestockRequested 2', 'reaction b, 2 restocks', 'OrderPlaced b'],
      ]);
      const restored = ['RestockRequested 1', 'OrderPlaced a', 'RestockRequested 2', 'OrderPlaced b'];

      const second = await live(async (services) => {
        await redrive(services, ...(await deadLettersOf(services, topic)));
        const deadLetters = await deadLettersOf(services, topic);
        expect(deadLetters.map(({ headers }) => [headers.dlq_code, headers.dlq_attempt])).toEqual([
          ['EVENT_UNDECODABLE', '1'],
          ['EVENT_UNDECODABLE', '2'],
        ]);
      });
      expect(second).toEqual({ restored, diary: [] });

      await newer?.register();
      const third = await live(async (services) => {
        const [, deadLetter] = await deadLettersOf(services, topic);
        await redrive(services, deadLetter!);
        await redrive(services, deadLetter!);
        await publishEach(services, restock('3'));
        expect(await deadLettersOf(services, topic)).toHaveLength(2);
      });
      expect(third).toEqual({ restored, diary: [...taken, 'RestockRequested 3'] });

      const fourth = await live(async (services) => {
        const parcels = await services.all('OrderShipped');
        expect(parcels.filter(({ subject }) => subject === 'x')).toHaveLength(taken.length - 1);
      });
      expect(fourth).toEqual({ restored: [...restored, taken.at(-1), 'RestockRequested 3'], diary: [] });
    },
  );

  test('differs from a reaction that threw EVENT_UNDECODABLE: that event was folded when it arrived', async () => {
    const diary: string[] = [];
    const fail = failing(1, new EpochlogError('EVENT_UNDECODABLE', 'another event'));
    await using services = await startInVirtualTime([accountant(diary, fail)]);
    await services.publish(order('a'));
    expect(diary).toEqual(['OrderPlaced a']);
    await redrive(services, ...(await deadLettersOf(services)));
    expect(diary).toEqual(['OrderPlaced a', 'reaction a, 0 restocks']);
  });
});

describe('a service that runs everywhere', () => {
  test('has a dead letter in each process, and each redrives it once, however many redrive records there are', async () => {
    await using folder = await temporaryFolder('retries');
    const { path: home } = folder;
    let refuse = true;
    const process = () => {
      const taken: string[] = [];
      const service: Service = {
        ...warehouse(({ subject }) => {
          if (refuse) refusal();
          taken.push(subject);
          return [];
        }),
        runs: 'everywhere',
      };
      return { taken, service };
    };
    const [one, other, late] = [process(), process(), process()];
    await using first = await startInVirtualTime([one.service], { home });
    await using second = await startInVirtualTime([other.service], { home });
    await first.publish(order('bad'));
    const deadLetters = await eventually(async () => {
      const found = await deadLettersOf(first); // each process sees what the other appends a little later
      return found.length === 2 ? found : undefined;
    });
    expect(deadLetters.map(({ headers }) => [headers.dlq_attempt, headers.dlq_offset])).toEqual([
      ['1', '0'],
      ['1', '0'],
    ]);
    refuse = false;
    await redrive(first, ...deadLetters);
    await eventually(async () => (other.taken.length > 0 ? true : undefined));
    await second.publish(order('good'));
    await eventually(async () => (one.taken.length > 1 ? true : undefined));
    expect([one.taken, other.taken]).toEqual([
      ['bad', 'good'],
      ['bad', 'good'],
    ]);
    await using third = await startInVirtualTime([late.service], { home });
    await redrive(third, deadLetters[1]!);
    expect([one.taken, late.taken]).toEqual([['bad', 'good'], []]);
  });
});
