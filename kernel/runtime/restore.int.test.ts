import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { silent } from '../../infra/warehouse/testing/temporary.ts';
import {
  type Emit,
  type NewEvent,
  newEvent,
  type RecordedEvent,
  type Service,
} from '../../schemas/catalogue.ts';
import { collection, outcome, page } from '../../test/harness/collections.ts';
import { failing } from '../../test/harness/faults.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { startInVirtualTime } from '../../test/harness/services.ts';
import type { Clock } from '../clock.ts';
import { NO_TRACER } from '../ports/tracer.ts';
import { NO_TELEMETRY } from '../telemetry.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { type HostOptions, startHost } from './host.ts';

const KILLED = new Error('killed here');

type React = (
  request: RecordedEvent,
  state: { pages: number; outcomes: number },
  emit: Emit,
) => readonly NewEvent[] | Promise<readonly NewEvent[]>;

const nextPage: React = ({ subject }, { pages, outcomes }) => [page(subject, pages + 1, outcomes)];

/** Counts the pages of each collection and all outcomes, reacts to each request by them, and keeps a diary. */
const accountant = (effects: boolean, diary: string[] = [], react = nextPage): Service => ({
  name: 'collector',
  reactsTo: ['CollectionRequested'],
  stateFrom: ['PageCollected', 'OutcomeReported'],
  effects,
  start() {
    const pages = new Map<string, number>();
    let outcomes = 0;
    diary.push('started');
    return {
      evolve({ type, subject }) {
        if (type === 'OutcomeReported') outcomes += 1;
        else pages.set(subject, (pages.get(subject) ?? 0) + 1);
        diary.push(`${type} ${subject}`);
      },
      async restored() {
        diary.push('restored');
      },
      react(request, emit) {
        const { subject } = request;
        diary.push(`reaction ${subject}`);
        return react(request, { pages: pages.get(subject) ?? 0, outcomes }, emit);
      },
    };
  },
});

/** Appends while no service is there. */
async function append(home: string, events: readonly NewEvent[]): Promise<void> {
  const store = await openStore(readConfig({ home }, {}), 'test');
  await store.publisher.publish(events);
  await store.close();
}

/** The pages there are after a service has been started once for each of these groups of inputs, and has taken them. */
async function livedThrough(lives: readonly (readonly NewEvent[])[], effects: boolean) {
  await using folder = await temporaryFolder('recall');
  for (const inputs of lives) {
    await append(folder.path, inputs);
    await using services = await startInVirtualTime([accountant(effects)], { home: folder.path });
    await services.host.settled();
  }
  await using services = await startInVirtualTime([], { home: folder.path });
  return (await services.all('PageCollected')).map(({ sequence, data }) => ({ sequence, ...data }));
}

describe.each([
  ['a decider', false],
  ['a reactor', true],
])('%s that restarts', (_kind, effects) => {
  test('continues as one that never stopped', async () => {
    const inputs = [
      outcome('1'),
      collection('a'),
      collection('b'),
      outcome('2'),
      collection('a'),
      collection('a'),
      outcome('3'),
      collection('b'),
    ];
    const row = (collectionId: string, number: number, records: number) =>
      ({ collectionId, task: 'arxiv', page: number, records, rejected: 0, sequence: number }) as const;
    const expected = [row('a', 1, 1), row('b', 1, 1), row('a', 2, 2), row('a', 3, 2), row('b', 2, 3)];
    expect(await livedThrough([inputs], effects)).toEqual(expected);
    expect(await livedThrough([inputs.slice(0, 5), inputs.slice(5)], effects)).toEqual(expected);
    expect(
      await livedThrough(
        inputs.map((input) => [input]),
        effects,
      ),
    ).toEqual(expected);
  });

  test('folds what it has consumed and written once, without reacting; then new events', async () => {
    await using folder = await temporaryFolder('recall');
    const live = async () => {
      const diary: string[] = [];
      await using services = await startInVirtualTime([accountant(effects, diary)], { home: folder.path });
      await services.host.settled();
      return diary;
    };
    await append(folder.path, [collection('a'), outcome('1')]);
    expect(await live()).toEqual([
      'started',
      'restored',
      'reaction a',
      'PageCollected a',
      'OutcomeReported 1',
    ]);
    await append(folder.path, [outcome('2'), collection('b'), outcome('3')]);
    const [started, ...rest] = await live();
    const restored = rest.slice(0, 2);
    expect(started).toBe('started');
    expect(new Set(restored)).toEqual(new Set(['PageCollected a', 'OutcomeReported 1']));
    expect(rest.slice(2)).toEqual([
      'restored',
      'OutcomeReported 2',
      'reaction b',
      'PageCollected b',
      'OutcomeReported 3',
    ]);
  });

  test('folds its own requests when they arrive, like those of others', async () => {
    const diary: string[] = [];
    const observing: React = ({ subject }, { pages, outcomes }) => [
      page(subject, pages + 1, outcomes),
      outcome(subject),
    ];
    const faults = { afterCommit: failing(1, KILLED) };
    await using services = await startInVirtualTime([accountant(effects, diary, observing)], {
      faults,
      restarts: 1,
    });
    await services.publish(collection('a'));
    await services.publish(collection('b'));
    expect((await services.all('PageCollected')).map(({ data }) => data.records)).toEqual([0, 1]);
    expect(diary.filter((entry) => entry.startsWith('OutcomeReported'))).toEqual([
      'OutcomeReported a',
      'OutcomeReported b',
    ]);
  });

  test('starts although a record of its state cannot be decoded', async () => {
    await using folder = await temporaryFolder('recall');
    const { path: home } = folder;
    {
      await using services = await startInVirtualTime([accountant(effects)], { home });
      const [observed] = await services.publish(outcome('1'));
      await services.log.append([{ ...services.codec.encode(observed!), value: Buffer.from('no event') }]);
      await services.publish(collection('a'));
    }
    await using services = await startInVirtualTime([accountant(effects)], { home });
    await services.publish(collection('a'));
    expect((await services.all('PageCollected')).map(({ data }) => [data.page, data.records])).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });
});

test('facts that a reaction emitted before a crash are in the state when it is repeated', async () => {
  const diary: string[] = [];
  const crash = failing(1, KILLED);
  const inTwo: React = async ({ subject }, { pages }, emit) => {
    await emit(page(subject, 1));
    crash();
    return [page(subject, 2, pages)];
  };
  await using services = await startInVirtualTime([accountant(true, diary, inTwo)], { restarts: 1 });
  await services.publish(collection('a'));
  expect(diary).toEqual([
    ...['started', 'restored', 'reaction a', 'PageCollected a'],
    ...['started', 'PageCollected a', 'restored', 'reaction a', 'PageCollected a'],
  ]);
  expect((await services.all('PageCollected')).map(({ data }) => [data.page, data.records])).toEqual([
    [1, 0],
    [2, 1],
  ]);
});

test('consumed records of several topics are folded by log timestamp', async () => {
  await using folder = await temporaryFolder('recall');
  const { path: home } = folder;
  const diary: string[] = [];
  const service: Service = {
    name: 'collector',
    reactsTo: [],
    stateFrom: ['OutcomeReported', 'RollbackRequested', 'CollectionRequested'],
    effects: false,
    start: () => ({
      evolve: ({ subject }) => void diary.push(subject),
      restored: async () => void diary.push('restored'),
    }),
  };
  const rollback = (model: string) => newEvent('RollbackRequested', { model, reason: '', requestedBy: '' });
  const makers: readonly ((id: string) => NewEvent)[] = [outcome, rollback, collection];
  const order = Array.from({ length: 12 }, (_, i) => `${i}`);
  {
    await using services = await startInVirtualTime([service], { home });
    for (const [i, id] of order.entries()) {
      await services.publisher.publish([makers[(i * i) % 3]!(id)]);
      const then = Date.now();
      while (Date.now() === then) await turn(); // the log tells milliseconds apart
    }
    await services.host.settled();
  }
  expect(diary).toEqual(['restored', ...order]);

  diary.length = 0;
  await append(home, [collection('x'), rollback('y'), outcome('z')]);
  await using services = await startInVirtualTime([service], { home });
  await services.host.settled();
  expect(diary).toEqual([...order, 'restored', 'x', 'y', 'z']);
});

test('a service that is stopped during the restore does not fold the rest', async () => {
  await using folder = await temporaryFolder('recall');
  await append(
    folder.path,
    Array.from({ length: 50 }, (_, i) => outcome(`${i}`)),
  );
  const { log, codec, close } = await openStore(readConfig({ home: folder.path }, {}), 'test');
  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  const taken: string[] = [];
  const service: Service = {
    name: 'collector',
    reactsTo: [],
    stateFrom: ['OutcomeReported'],
    effects: false,
    start: () => ({
      evolve({ subject }) {
        taken.push(subject);
        tell(host.stop());
      },
    }),
  };
  const clock: Clock = new VirtualClock();
  const shared = { clock, logger: silent, telemetry: NO_TELEMETRY, tracer: NO_TRACER };
  const host = startHost([service], {
    ...{ log, codec, maxCrashes: 1, settingsOf: () => ({}) },
    shared: shared as HostOptions['shared'],
  });
  await await told;
  expect(taken).toEqual(['0']);
  await close();
});
