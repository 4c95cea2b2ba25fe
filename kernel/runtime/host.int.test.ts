import { describe, expect, test } from 'vitest';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import {
  deciderService,
  type EventType,
  type NewEvent,
  newEvent,
  reactorService,
} from '../../schemas/catalogue.ts';
import { collection, collector, KINDS, page } from '../../test/harness/collections.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { eventually, startInVirtualTime } from '../../test/harness/services.ts';
import { EpochlogError } from '../errors.ts';
import type { Service } from '../service.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';

/** A service of this name, for which one thing follows from each event of this type. */
const follower = <T extends EventType>(
  name: string,
  type: T,
  follow: (subject: string) => NewEvent | Promise<NewEvent>,
): Service => ({
  name,
  reactsTo: [type],
  effects: true,
  start: () => ({ react: async ({ subject }) => [await follow(subject)] }),
});

const pages = collector(({ subject }) => [page(subject, 1)]);
const refusal = (subject: string) =>
  newEvent('DatasetRefused', { datasetId: subject, model: subject, task: 'arxiv', code: '', reason: '' });
const regret = (subject: string) =>
  newEvent('TrainingPlanRefused', { model: subject, code: '', reason: '', policyVersion: 0 });

/** Blocks callers of `pass` until it is opened, at the latest at the end of the test; `reached` resolves at the first call. */
function gate() {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  return {
    open,
    reached,
    pass() {
      reach();
      return opened;
    },
    [Symbol.dispose]: open,
  };
}

describe('no service has lag', () => {
  test('only when no event follows along a chain of services', async () => {
    const held = gate();
    const sealer = follower('sealer', 'PageCollected', async (subject) => {
      await held.pass();
      return refusal(subject);
    });
    const planner = follower('planner', 'DatasetRefused', regret);
    await using services = await startInVirtualTime([planner, sealer, pages]);
    using _opened = held;
    const { host } = services;
    await services.publisher.publish([collection('a'), collection('b')]);
    let quiet = false;
    const settled = host.settled().then(() => {
      quiet = true;
    });
    await held.reached;
    await host.settled(['sealer']); // asks as often as the other, and began later
    expect(quiet).toBe(false);
    const lag = await host.lag();
    expect([lag.get('planner'), lag.get('collector')]).toEqual([0, 0]);
    expect(lag.get('sealer')).toBeGreaterThanOrEqual(2); // two pages, of which it has the first in hand
    held.open();
    await settled;
    expect((await services.all('TrainingPlanRefused')).map(({ subject }) => subject)).toEqual(['a', 'b']);
    expect([...(await host.lag()).values()]).toEqual([0, 0, 0]);
  });

  test('at once when there are no events, and not before all services are ready', async () => {
    const diary: string[] = [];
    const slow: Service = {
      name: 'sealer',
      reactsTo: [],
      effects: false,
      start: () => ({
        async restored() {
          await new Promise((resolve) => setTimeout(resolve, 50)); // a long past
          diary.push('restored');
        },
      }),
    };
    await using services = await startInVirtualTime([slow, pages]);
    diary.push('ready');
    await services.host.settled();
    expect(diary).toEqual(['restored', 'ready']);
  });
});

describe('a reaction that takes long', () => {
  test('does not block other services', async () => {
    const held = gate();
    const sealer = follower('sealer', 'CollectionRequested', async (subject) => {
      await held.pass();
      return refusal(subject);
    });
    await using services = await startInVirtualTime([sealer, pages]);
    using _opened = held;
    await services.publisher.publish([collection('a')]);
    await held.reached;
    await services.publisher.publish([collection('b')]);
    await services.host.settled(['sealer']);
    expect((await services.all('PageCollected')).map(({ subject }) => subject)).toEqual(['a', 'b']);
    expect(await services.all('DatasetRefused')).toEqual([]);
    held.open();
    await services.host.settled();
    expect(await services.all('DatasetRefused')).toHaveLength(2);
  });

  test('is waited for by a stop; the rest is done after the next start', async () => {
    await using folder = await temporaryFolder('host');
    const held = gate();
    const service = collector(async ({ subject }, emit) => {
      await emit(page(subject, 1));
      await held.pass();
      return [page(subject, 2)];
    });
    {
      await using services = await startInVirtualTime([service], { home: folder.path });
      using _opened = held;
      await services.publisher.publish(['a', 'b', 'c'].map((id) => collection(id)));
      await held.reached;
      const stopped = services.host.stop();
      held.open();
      await stopped;
      expect((await services.all('PageCollected')).map(({ subject }) => subject)).toEqual(['a', 'a']);
      expect(services.host.status()).toMatchObject([{ state: 'stopped', crashes: 0, lastError: null }]);
      await expect(services.host.settled()).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(services.host.ready()).rejects.toMatchObject({ code: 'CONFLICT' });
    }
    await using services = await startInVirtualTime([service], { home: folder.path });
    await services.host.settled();
    expect(
      (await services.all('PageCollected')).map(({ subject, data, sequence }) => [
        subject,
        data.page,
        sequence,
      ]),
    ).toEqual(['a', 'b', 'c'].flatMap((id) => [1, 2].map((number) => [id, number, number])));
  });

  test('and observes the signal ends with it, and is repeated after the next start', async () => {
    await using folder = await temporaryFolder('host');
    let attempts = 0;
    const begun = gate();
    const service = reactorService({
      name: 'collector',
      reactsTo: ['CollectionRequested'],
      start: ({ signal }) => ({
        on: {
          async CollectionRequested({ subject }, emit) {
            attempts += 1;
            await emit(page(subject, 1));
            if (attempts === 1) {
              const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
              begun.pass();
              await aborted;
            }
            signal.throwIfAborted();
            return [page(subject, 2)];
          },
        },
      }),
    });
    {
      await using services = await startInVirtualTime([service], { home: folder.path });
      await services.publisher.publish([collection('a')]);
      await begun.reached;
      await services.host.stop();
      expect(services.host.status()).toMatchObject([{ state: 'stopped', crashes: 0 }]);
    }
    await using services = await startInVirtualTime([service], { home: folder.path });
    await services.host.settled();
    expect(attempts).toBe(2);
    expect((await services.all('PageCollected')).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });
});

test('a stop ends the backoff before a retry, and loses nothing', async () => {
  await using folder = await temporaryFolder('host');
  const telemetry = createPrometheus();
  let attempts = 0;
  const service = collector(({ subject }) => {
    attempts += 1;
    if (attempts <= 4) throw new EpochlogError('OVERLOADED', 'busy');
    return [page(subject, 1)];
  });
  {
    const clock = new VirtualClock(0, 50 + 100 + 200); // it stops in the fourth wait
    await using services = await startInVirtualTime([service], { home: folder.path, telemetry, clock });
    await services.publisher.publish([collection('a')]);
    await eventually(async () => {
      const { text } = await telemetry.scrape();
      return /retries_total{.*} 4/.test(text) || undefined;
    });
  }
  expect(attempts).toBe(4);
  await using services = await startInVirtualTime([service], { home: folder.path });
  await services.host.settled();
  expect(attempts).toBe(5);
  expect(await services.all('PageCollected')).toHaveLength(1);
});

test.each(KINDS)('%s stops after the reaction it is in, with many events still to come', async (_, make) => {
  await using folder = await temporaryFolder('host');
  const ids = Array.from({ length: 20 }, (_, i) => `${i}`);
  const reactions: string[] = [];
  let stop: () => void = () => {};
  const service = make(({ subject }) => {
    reactions.push(subject);
    if (subject === '3') stop();
    return [page(subject, 1)];
  });
  {
    await using services = await startInVirtualTime([service], { home: folder.path });
    stop = () => void services.host.stop();
    await services.publisher.publish(ids.map((id) => collection(id)));
    await eventually(async () => (services.host.status()[0]?.state === 'stopped' ? true : undefined));
    expect(reactions).toEqual(['0', '1', '2', '3']);
    expect(await services.all('PageCollected')).toHaveLength(4);
  }
  await using services = await startInVirtualTime([service], { home: folder.path });
  await services.host.settled();
  expect(reactions).toEqual(ids);
  expect((await services.all('PageCollected')).map(({ subject }) => subject)).toEqual(ids);
});

test('many short reactions in a row yield to the event loop', async () => {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  const seen = new Set<number>();
  const service = deciderService({
    name: 'collector',
    reactsTo: ['CollectionRequested'],
    stateFrom: [],
    decider: () => ({
      initialState: () => null,
      decide() {
        seen.add(turns);
        for (const start = performance.now(); performance.now() - start < 1; );
        return [];
      },
      evolve: (state) => state,
    }),
  });
  await using services = await startInVirtualTime([service]);
  count();
  await services.publish(...Array.from({ length: 100 }, (_, i) => collection(`${i}`)));
  isOver = true;
  expect(seen.size).toBeGreaterThanOrEqual(5);
});
