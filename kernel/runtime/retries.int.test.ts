import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { content, readAll } from '../../test/contract/event-log-kit.ts';
import { failing } from '../../test/harness/faults.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { inNewerSchema, type Newer } from '../../test/harness/newer-schema.ts';
import { eventually, type ServicesUnderTest, startServices } from '../../test/harness/services.ts';
import { retryOrder } from '../dead-letters/record.ts';
import { EpochlogError } from '../errors.ts';
import { type Happened, type NewEvent, streamOf } from '../event.ts';
import type { LogRecord, StoredRecord } from '../ports/log.ts';
import { deciderService, type Service } from '../service.ts';
import { happened } from '../testing/decider-spec.ts';
import { deadLetterTopicOf, topicOf } from '../topics.ts';
import { collection, collector, inPages, KINDS, outcome, page } from './fixtures.ts';

const TOPIC = 'epochlog.collections';
const LETTERS = `${TOPIC}.dlq`;
const KILLED = new Error('killed here');

const isOrder = ({ headers }: LogRecord) => headers.dlq_retry !== undefined;
const lettersOf = async ({ log }: Pick<ServicesUnderTest, 'log'>, topic = LETTERS) =>
  (await readAll(log, topic)).filter((record) => !isOrder(record));

/** Orders that these dead letters be tried again, and waits until nothing more follows. */
async function retry(services: ServicesUnderTest, ...letters: readonly StoredRecord[]): Promise<void> {
  await services.log.append(letters.map(retryOrder));
  await services.host.settled();
}

const pagesOf = async (services: ServicesUnderTest) =>
  (await services.all('PageCollected')).map(({ subject, sequence }) => `${subject} ${sequence}`);

const refusal = () => {
  throw new EpochlogError('INPUT_INVALID', 'no such source');
};

describe.each(KINDS)('an event that %s could not take', (_kind, make) => {
  test('is taken once more when it is ordered, once: its outputs and the offset of the order are one commit', async () => {
    let refuse = true;
    const commits: { passed: number; outputs: number }[] = [];
    const faults = {
      beforeCommit(next: readonly { topic: string; offset: number }[], outputs: readonly LogRecord[]) {
        const letters = next.find(({ topic }) => topic === LETTERS);
        if (letters && outputs.length > 0) commits.push({ passed: letters.offset, outputs: outputs.length });
      },
    };
    const service = make(({ subject }) => {
      if (subject === 'bad' && refuse) refusal();
      return [page(subject, 1)];
    });
    await using folder = await temporaryFolder('retries');
    const { path: home } = folder;
    {
      await using services = await startServices([service], { home, faults });
      const [before, bad] = await services.publish(collection('before'), collection('bad'));
      await services.publish(collection('after'));
      expect(await pagesOf(services)).toEqual(['before 1', 'after 1']);
      refuse = false;
      const [letter] = await lettersOf(services);
      await retry(services, letter!);
      expect(await pagesOf(services)).toEqual(['before 1', 'after 1', 'bad 1']);
      expect(commits).toEqual([{ passed: 2, outputs: 1 }]);
      expect((await services.all('PageCollected')).at(-1)).toMatchObject({
        causationId: bad?.id,
        correlationId: bad?.correlationId,
      });
      expect(before?.id).not.toBe(bad?.id);
      await retry(services, letter!, letter!);
    }
    await using services = await startServices([service], { home });
    await retry(services, (await lettersOf(services))[0]!);
    expect(await pagesOf(services)).toEqual(['before 1', 'after 1', 'bad 1']);
    expect(await lettersOf(services)).toHaveLength(1);
  });

  test('and cannot take again, is a dead letter of its own, with its own place and one attempt more', async () => {
    const codes = ['INPUT_INVALID', 'ARTIFACT_MISSING'] as const;
    let attempts = 0;
    const service = make(({ subject }) => {
      const code = codes[attempts++];
      if (code) throw new EpochlogError(code, `attempt ${attempts}`);
      return [page(subject, 1)];
    });
    await using services = await startServices([service]);
    await services.publish(collection('bad'));
    const [original] = await readAll(services.log, TOPIC);
    const [first] = await lettersOf(services);
    await retry(services, first!);
    const [, second] = await lettersOf(services);
    expect(content(second!)).toEqual({
      ...content(original!),
      topic: LETTERS,
      headers: {
        ...original!.headers,
        dlq_service: 'collector',
        dlq_step: 'react',
        dlq_code: 'ARTIFACT_MISSING',
        dlq_message: 'attempt 2',
        dlq_attempt: '2',
        dlq_partition: '0',
        dlq_offset: '0',
      },
    });
    await retry(services, first!);
    expect(attempts).toBe(2);
    await retry(services, second!);
    expect(await pagesOf(services)).toEqual(['bad 1']);
    expect(await lettersOf(services)).toHaveLength(2);
  });

  test.each([
    ['before', { beforeCommit: true }],
    ['after', { afterCommit: true }],
  ])('is taken once more once, when the service crashes just %s the commit', async (_when, where) => {
    let armed = false;
    let refuse = true;
    const crash = failing(1, KILLED);
    const crashIfArmed = () => {
      if (armed) crash();
    };
    const faults = Object.fromEntries(Object.keys(where).map((hook) => [hook, crashIfArmed]));
    const service = make(({ subject }) => {
      if (refuse) refusal();
      return [page(subject, 1)];
    });
    await using services = await startServices([service], { faults, restarts: 1 });
    await services.publish(collection('bad'), collection('worse'));
    refuse = false;
    armed = true;
    await retry(services, ...(await lettersOf(services)));
    expect(services.host.status()).toMatchObject([{ lastError: KILLED.message }]);
    expect(await pagesOf(services)).toEqual(['bad 1', 'worse 1']);
    expect((await services.all('PageCollected')).map(({ id }) => id)).toEqual([
      ...new Set((await services.all('PageCollected')).map(({ id }) => id)),
    ]);
  });
});

test('a record that carries the headers of a dead letter is not one', async () => {
  const service = collector(() => refusal());
  await using services = await startServices([service]);
  await services.publish(collection('bad'));
  const [letter] = await lettersOf(services);
  await services.log.append([{ ...retryOrder(letter!), topic: TOPIC }]);
  await services.host.settled();
  const [, again] = await lettersOf(services);
  expect(again?.headers).toMatchObject({ dlq_attempt: '1', dlq_offset: '1' });
  expect(isOrder(again!)).toBe(false);
});

test('an order is followed by the service that it is meant for alone', async () => {
  const seen: string[] = [];
  let refuse = true;
  const one = collector(({ subject }) => {
    if (refuse) refusal();
    return [page(subject, 1)];
  });
  const other: Service = {
    name: 'sealer',
    reactsTo: ['CollectionRequested'],
    effects: false,
    start: () => ({
      react({ subject }) {
        seen.push(subject);
        return [];
      },
    }),
  };
  await using services = await startServices([one, other]);
  await services.publish(collection('bad'));
  refuse = false;
  await retry(services, ...(await lettersOf(services)));
  expect(seen).toEqual(['bad']);
  expect(await pagesOf(services)).toEqual(['bad 1']);
});

describe('facts that a reaction published before it failed', () => {
  /** Fails before the page given the first time that it comes to it. */
  const failingBefore = (number: number, error: Error) => {
    const fail = failing(1, error);
    return inPages(3, (page) => {
      if (page === number) fail();
    });
  };
  const missing = new EpochlogError('ARTIFACT_MISSING', 'not there yet');
  const inOrder = ['a 1', 'a 2', 'a 3'];

  test('are not published again when it is tried again', async () => {
    await using services = await startServices([failingBefore(3, missing)]);
    await services.publish(collection('a'));
    expect(await pagesOf(services)).toEqual(['a 1', 'a 2']);
    await retry(services, ...(await lettersOf(services)));
    expect(await pagesOf(services)).toEqual(inOrder);
    expect((await services.all('PageCollected')).map(({ data }) => data.page)).toEqual([1, 2, 3]);
  });

  test.each([
    ['before', false],
    ['after', true],
  ])('nor when the service was started again %s it was ordered', async (_when, ordered) => {
    await using folder = await temporaryFolder('retries');
    const { path: home } = folder;
    {
      await using services = await startServices([failingBefore(3, missing)], { home });
      await services.publish(collection('a'));
      await services.publish(collection('b'));
      await services.host.stop();
      if (ordered) await services.log.append((await lettersOf(services)).map(retryOrder));
    }
    await using services = await startServices([inPages(3)], { home });
    if (!ordered) await services.log.append((await lettersOf(services)).map(retryOrder));
    await services.host.settled();
    const pages = (await pagesOf(services)).filter((text) => text.startsWith('a'));
    expect(pages).toEqual(inOrder);
    expect((await services.all('PageCollected')).filter(({ subject }) => subject === 'b')).toHaveLength(3);
  });

  test('nor when it crashes as it is tried again, or fails once more', async () => {
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
    await using services = await startServices([inPages(3, (page) => failures[page]?.())], { restarts: 1 });
    await services.publish(collection('a'));
    expect(await pagesOf(services)).toEqual(['a 1']);
    const [first] = await lettersOf(services);
    await retry(services, first!);
    expect(await pagesOf(services)).toEqual(['a 1', 'a 2']);
    await retry(services, (await lettersOf(services))[1]!);
    expect(await lettersOf(services)).toHaveLength(3);
    await retry(services, (await lettersOf(services))[2]!);
    expect(await pagesOf(services)).toEqual(inOrder);
  });
});

/** A collector that counts outcomes, reacts by how many it knows, and keeps a diary. */
const accountant = (diary: string[], react?: (request: Happened) => void): Service =>
  deciderService({
    name: 'collector',
    reactsTo: ['CollectionRequested'],
    remembers: ['OutcomeReported', 'CollectionRequested'],
    decider: () => ({
      initialState: () => 0,
      decide(count, event) {
        if (event.type !== 'CollectionRequested') throw new Error(`${event.type} is not reacted to`);
        react?.(event);
        diary.push(`reaction ${event.subject}, ${count} outcomes`);
        return [page(event.subject, 1, count)];
      },
      evolve(count, { type, subject }) {
        diary.push(`${type} ${subject}`);
        return type === 'OutcomeReported' ? count + 1 : count;
      },
    }),
  });

/** The log tells milliseconds apart. */
async function nextMillisecond(): Promise<void> {
  const then = Date.now();
  while (Date.now() === then) await turn();
}

describe('an event that nobody could decode', () => {
  test.each([
    ['remembered', outcome('x'), ['OutcomeReported x']],
    ['reacted to and remembered', collection('x'), ['reaction x, 2 outcomes', 'CollectionRequested x']],
  ])('is %s when it is tried again with its schema known, and so it is recalled', async (_, event, taken) => {
    await using folder = await temporaryFolder('retries');
    const { path: home } = folder;
    const topic = deadLetterTopicOf(topicOf(streamOf(event.type)));
    let newer: Newer | undefined;
    /** What the service of one life recalls, and what it does then. */
    const live = async (work: (services: ServicesUnderTest) => Promise<unknown>) => {
      const diary: string[] = [];
      await using services = await startServices([accountant(diary)], { home });
      const recalled = diary.splice(0);
      await work(services);
      await services.host.settled();
      return { recalled, diary };
    };
    const publishEach = async ({ publish }: ServicesUnderTest, ...events: readonly NewEvent[]) => {
      for (const event of events) {
        await nextMillisecond();
        await publish(event);
      }
    };

    const first = await live(async (services) => {
      await publishEach(services, outcome('1'), collection('a'));
      const unknown = happened(event) as Happened;
      newer = await inNewerSchema(home, services.codec, unknown);
      await services.log.append([newer.record]);
      await services.host.settled();
      await publishEach(services, outcome('2'), collection('b'));
    });
    expect(first.diary).toEqual([
      ...['OutcomeReported 1', 'reaction a, 1 outcomes', 'CollectionRequested a'],
      ...['OutcomeReported 2', 'reaction b, 2 outcomes', 'CollectionRequested b'],
    ]);
    const recalled = [
      'OutcomeReported 1',
      'CollectionRequested a',
      'OutcomeReported 2',
      'CollectionRequested b',
    ];

    const second = await live(async (services) => {
      await retry(services, ...(await lettersOf(services, topic)));
      const letters = await lettersOf(services, topic);
      expect(letters.map(({ headers }) => [headers.dlq_code, headers.dlq_attempt])).toEqual([
        ['EVENT_UNDECODABLE', '1'],
        ['EVENT_UNDECODABLE', '2'],
      ]);
    });
    expect(second).toEqual({ recalled, diary: [] });

    await newer?.register();
    const third = await live(async (services) => {
      const [, letter] = await lettersOf(services, topic);
      await retry(services, letter!);
      await retry(services, letter!);
      await publishEach(services, outcome('3'));
      expect(await lettersOf(services, topic)).toHaveLength(2);
    });
    expect(third).toEqual({ recalled, diary: [...taken, 'OutcomeReported 3'] });

    const fourth = await live(async (services) => {
      const pages = await services.all('PageCollected');
      expect(pages.filter(({ subject }) => subject === 'x')).toHaveLength(taken.length - 1);
    });
    expect(fourth).toEqual({ recalled: [...recalled, taken.at(-1), 'OutcomeReported 3'], diary: [] });
  });

  test('is not the same as a reaction that met one: that event was remembered when it came', async () => {
    const diary: string[] = [];
    const fail = failing(1, new EpochlogError('EVENT_UNDECODABLE', 'another event'));
    await using services = await startServices([accountant(diary, fail)]);
    await services.publish(collection('a'));
    expect(diary).toEqual(['CollectionRequested a']);
    await retry(services, ...(await lettersOf(services)));
    expect(diary).toEqual(['CollectionRequested a', 'reaction a, 0 outcomes']);
  });
});

describe('a service that runs everywhere', () => {
  test('sets an event aside in each process, and each tries it again, however many of the letters are', async () => {
    await using folder = await temporaryFolder('retries');
    const { path: home } = folder;
    let refuse = true;
    const process = () => {
      const taken: string[] = [];
      const service: Service = {
        ...collector(({ subject }) => {
          if (refuse) refusal();
          taken.push(subject);
          return [];
        }),
        runs: 'everywhere',
      };
      return { taken, service };
    };
    const [one, other, late] = [process(), process(), process()];
    await using first = await startServices([one.service], { home });
    await using second = await startServices([other.service], { home });
    await first.publish(collection('bad'));
    const letters = await eventually(async () => {
      const found = await lettersOf(first); // each process sees what the other appends a little later
      return found.length === 2 ? found : undefined;
    });
    expect(letters.map(({ headers }) => [headers.dlq_attempt, headers.dlq_offset])).toEqual([
      ['1', '0'],
      ['1', '0'],
    ]);
    refuse = false;
    await retry(first, ...letters);
    await eventually(async () => (other.taken.length > 0 ? true : undefined));
    await second.publish(collection('good'));
    await eventually(async () => (one.taken.length > 1 ? true : undefined));
    expect([one.taken, other.taken]).toEqual([
      ['bad', 'good'],
      ['bad', 'good'],
    ]);
    await using third = await startServices([late.service], { home });
    await retry(third, letters[1]!);
    expect([one.taken, late.taken]).toEqual([['bad', 'good'], []]);
  });
});
