import fc from 'fast-check';
import { expect, test } from 'vitest';
import { untilAborted } from '../../infra/log/until-aborted.ts';
import { openStates } from '../../infra/states/sqlite.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { failing } from '../../test/harness/faults.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import {
  append,
  type OrderOptions,
  openOrders,
  startInVirtualTime,
  startServices,
} from '../../test/harness/orders.ts';
import { EpochlogError } from '../errors.ts';
import { NO_LOGGER } from '../logger.ts';
import { type EventLog, SINGLE_SHARD } from '../ports/log.ts';
import type { StateStore } from '../ports/states.ts';
import type { Running } from '../service.ts';
import { type OrderEvent, order, restock, shipped } from '../testing/orders.ts';
import { SteppedClock } from '../testing/stepped-clock.ts';
import type { Service } from '../testing/warehouse.ts';

const CODE = 'c'.repeat(64);
const KILLED = new Error('killed here');
const states = (home: string, code = CODE): StateStore => openStates(`${home}/states`, code, NO_LOGGER);

interface Counts {
  restocks: number;
  /** orders whose first reaction fails after one parcel */
  failed: Set<string>;
}

/**
 * Counts the parcels of each order in a large map and all restock requests in its state. An order is shipped in two
 * parcels; one called `poison…` fails between them at first, for good. `folded` is told what is folded.
 */
const accountant = (effects: boolean, folded: string[] = [], fails = (_: string) => false): Service => ({
  name: 'warehouse',
  reactsTo: ['OrderPlaced'],
  stateFrom: ['OrderShipped', 'RestockRequested'],
  effects,
  start({ maps }) {
    const parcels = maps<number>('parcels');
    let counts: Counts = { restocks: 0, failed: new Set() };
    return {
      evolve({ type, subject }) {
        folded.push(`${type} ${subject}`);
        if (type === 'RestockRequested') counts.restocks += 1;
        else parcels.set(subject, (parcels.get(subject) ?? 0) + 1);
      },
      snapshot: () => counts,
      resume(saved) {
        counts = saved as Counts;
        folded.push('resumed');
      },
      async react({ subject }, emit) {
        const parcel = () => shipped(subject, (parcels.get(subject) ?? 0) + 1, counts.restocks);
        if (!effects) return [parcel()];
        await emit(parcel());
        if (fails(subject)) throw new EpochlogError('INPUT_INVALID', `${subject} cannot be shipped`);
        return [parcel()];
      },
    };
  },
});

const shipments = async (home: string): Promise<unknown[]> => {
  await using services = await startInVirtualTime([], { home });
  return (await services.all('OrderShipped')).map(({ sequence, data }) => ({ sequence, ...data }));
};

async function live(
  service: Service,
  home: string,
  options: OrderOptions,
  inputs: readonly OrderEvent[] = [],
) {
  await append(home, inputs);
  await using services = await startInVirtualTime([service], { home, saveEvery: 1, ...options });
  await services.host.settled();
}

test.each([false, true])(
  'a restart folds what came after the saved state only (effects: %s)',
  async (effects) => {
    await using folder = await temporaryFolder('snapshot');
    const { path: home } = folder;
    const folded: string[] = [];
    const inputs = [order('a'), restock('1'), order('a')];
    await live(accountant(effects, folded), home, { states: states(home) }, inputs);
    expect(folded.filter((event) => event.startsWith('Restock'))).toEqual(['RestockRequested 1']);
    folded.length = 0;
    await live(accountant(effects, folded), home, { states: states(home) }, [restock('2'), order('a')]);
    const parcels = effects ? 2 : 1;
    expect(folded.sort()).toEqual([
      ...Array.from({ length: parcels }, () => 'OrderShipped a'),
      'RestockRequested 2',
      'resumed',
    ]);
    expect(await shipments(home)).toEqual(
      Array.from({ length: 3 * parcels }, (_, i) => ({
        orderId: 'a',
        parcel: i + 1,
        sequence: i + 1,
        weight: Math.floor(i / parcels),
      })),
    );
  },
);

test.each<[string, (home: string) => OrderOptions]>([
  ['of other code', (home) => ({ states: states(home, 'd'.repeat(64)) })],
  ['that is not there', (home) => ({ states: states(`${home}/elsewhere`) })],
])('a state %s is folded from the whole log', async (_, options) => {
  await using folder = await temporaryFolder('snapshot');
  const { path: home } = folder;
  await live(accountant(false), home, { states: states(home) }, [restock('1'), order('a')]);
  const folded: string[] = [];
  await live(accountant(false, folded), home, options(home), [order('a')]);
  expect(folded.sort()).toEqual(['OrderShipped a', 'OrderShipped a', 'RestockRequested 1']);
  expect(await shipments(home)).toMatchObject([{ parcel: 1 }, { parcel: 2 }]);
});

test('a restore that is stopped continues where it has come to: of a long log the state is saved on the way', async () => {
  await using folder = await temporaryFolder('snapshot');
  const { path: home } = folder;
  const requests = Array.from({ length: 60 }, (_, i) => restock(`${i}`));
  await live(accountant(false), home, {}, requests);
  const first: string[] = [];
  const stopped = new Error('stopped here');
  const stopping: Service = {
    ...accountant(false),
    start(context) {
      const running = accountant(false, first).start(context) as Running<OrderEvent>;
      const evolve: Running<OrderEvent>['evolve'] = (event) => {
        if (first.length === 40) throw stopped;
        running.evolve?.(event);
      };
      return { ...running, evolve };
    },
  };
  await expect(live(stopping, home, { states: states(home) })).rejects.toThrow(stopped);
  const rest: string[] = [];
  await live(accountant(false, rest), home, { states: states(home) }, [order('a')]);
  expect(rest[0]).toBe('resumed');
  expect(rest.filter((event) => event.startsWith('Restock')).length).toBeLessThan(30);
  expect(await shipments(home)).toEqual([{ orderId: 'a', parcel: 1, sequence: 1, weight: 60 }]);
});

/** Starts a service in a process to which no shard is assigned, until it has saved a state that others have come to. */
async function standBy(service: Service, home: string, states: StateStore): Promise<void> {
  const store = await openOrders(home);
  const log = withoutAssignments(store.log);
  {
    const options = { store: { ...store, log }, states, saveEvery: 1 };
    await using services = await startInVirtualTime([service], options);
    await eventually(async () => states.open('warehouse', SINGLE_SHARD).saved);
    expect(services.host.status()).toMatchObject([{ state: 'standby', crashes: 0 }]);
  }
  await store.close();
}

/** The same log, as a member of its groups sees it to which nothing is assigned. */
const withoutAssignments = (log: EventLog): EventLog =>
  withCalls(log, {
    async *assignments(_group, _topics, _maxShards, signal) {
      yield [];
      await untilAborted(signal);
    },
  });

/** The same log, with some calls replaced. */
const withCalls = (log: EventLog, calls: Partial<EventLog>): EventLog =>
  new Proxy(log, {
    get(target, name) {
      const value: unknown = Reflect.get(name in calls ? calls : target, name);
      return typeof value === 'function' && !(name in calls) ? value.bind(target) : value;
    },
  });

test('a process that stands by waits no longer for open transactions once it takes over: its shard may have to end them', async () => {
  await using folder = await temporaryFolder('snapshot');
  const { path: home } = folder;
  await live(accountant(false), home, {}, [order('a'), restock('1')]);
  const store = await openOrders(home);
  const asked = Promise.withResolvers<void>();
  let isOpened = false;
  const log = withCalls(store.log, {
    async *assignments(_group, _topics, _maxShards, signal) {
      yield [];
      await asked.promise;
      yield [SINGLE_SHARD];
      await untilAborted(signal);
    },
    async endOffsets(topics, signal) {
      if (!isOpened && signal) {
        asked.resolve();
        await untilAborted(signal);
        throw signal.reason;
      }
      return store.log.endOffsets(topics);
    },
    async consumer(...of) {
      isOpened = true;
      return store.log.consumer(...of);
    },
  });
  const options = { store: { ...store, log }, states: states(`${home}/elsewhere`), saveEvery: 1 };
  await using services = await startInVirtualTime([accountant(false)], options);
  await eventually(async () => services.host.status().every(({ state }) => state === 'running'));
  await store.close();
});

test.each([false, true])(
  'a process that stands by folds ahead, and who takes over folds what came after (effects: %s)',
  async (effects) => {
    await using folder = await temporaryFolder('snapshot');
    const { path: home } = folder;
    const elsewhere = states(`${home}/elsewhere`);
    await live(accountant(effects), home, {}, [order('a'), restock('1'), order('a')]);
    await standBy(accountant(effects), home, elsewhere);
    await live(accountant(effects), home, {}, [order('a'), restock('2')]);
    const folded: string[] = [];
    await live(accountant(effects, folded), home, { states: elsewhere }, [order('a')]);
    expect(folded[0]).toBe('resumed');
    expect(folded.filter((event) => event.startsWith('Restock'))).toEqual(['RestockRequested 2']);
    expect(await shipments(home)).toEqual(
      Array.from({ length: effects ? 8 : 4 }, (_, i) =>
        expect.objectContaining({ parcel: i + 1, sequence: i + 1 }),
      ),
    );
  },
);

test('a process that runs all there is of a service in shards folds nothing ahead', async () => {
  const clock = new SteppedClock(Date.UTC(2026, 0, 1));
  await using services = await startServices([{ ...accountant(false), runs: { shards: 4 } }], { clock });
  await services.publish(order('a'), restock('1'));
  expect(services.host.status()).toMatchObject([{ state: 'running', shards: [0], of: 1 }]);
  expect(clock.earliest).toBeUndefined(); // nothing waits to be done now and then
});

test('a state of another log is not continued, although that log is longer', async () => {
  await using folder = await temporaryFolder('snapshot');
  await using other = await temporaryFolder('snapshot');
  await live(accountant(false), folder.path, { states: states(folder.path) }, [order('a'), restock('1')]);
  await live(accountant(false), other.path, {}, [order('b'), restock('1'), restock('2'), order('b')]);
  const folded: string[] = [];
  await live(accountant(false, folded), other.path, { states: states(folder.path) }, [order('b')]);
  expect(folded).not.toContain('resumed');
  expect((await shipments(other.path)).at(-1)).toEqual({ orderId: 'b', parcel: 3, sequence: 3, weight: 2 });
});

test('a reaction that failed half way before the state was saved is redriven once: nothing is emitted twice', async () => {
  await using folder = await temporaryFolder('snapshot');
  const { path: home } = folder;
  const options = () => ({ states: states(home) });
  await live(
    accountant(true, [], () => true),
    home,
    options(),
    [order('a'), restock('1')],
  );
  expect(await shipments(home)).toHaveLength(1);
  await using services = await startInVirtualTime([accountant(true)], { home, saveEvery: 1, ...options() });
  const [deadLetter] = await services.deadLetters.list();
  await services.deadLetters.redrive([deadLetter!.id], { requestedBy: 'test', reason: '' });
  await services.host.settled();
  expect((await services.all('OrderShipped')).map(({ data }) => data.parcel)).toEqual([1, 2]);
});

/** A life: what is appended before it, at which commit it is killed, and what happens to the saved states before. */
const lives = fc.array(
  fc.record({
    inputs: fc.array(
      fc.constantFrom<() => OrderEvent>(
        () => order('a'),
        () => order('b'),
        () => restock('1'),
      ),
      { maxLength: 6 },
    ),
    kill: fc.constantFrom('before', 'after', 'never'),
    saveEvery: fc.constantFrom(1, 2, 5),
    lost: fc.boolean(),
  }),
  { minLength: 2, maxLength: 5 },
);

type Life = typeof lives extends fc.Arbitrary<infer Lives> ? Lives : never;

/** The parcels there are after these lives; with `isSaved`, states are saved. */
async function outcome(life: Life, effects: boolean, isSaved: boolean): Promise<unknown[]> {
  await using folder = await temporaryFolder('snapshot');
  const { path: home } = folder;
  for (const [index, { inputs, kill, saveEvery, lost }] of life.entries()) {
    const faults = { [`${kill}Commit`]: failing(1, KILLED) };
    const store = isSaved ? states(lost ? `${home}/${index}` : home) : undefined;
    const options = { faults, saveEvery, restarts: 1, ...(store && { states: store }) };
    const events = inputs.map((make) => make());
    await live(accountant(effects), home, options, events);
    store?.close();
  }
  return await shipments(home); // before the folder is removed
}

test.each([false, true])(
  'states that are saved change nothing, whatever is killed or lost (effects: %s)',
  (effects) =>
    fc.assert(
      fc.asyncProperty(lives, async (life) => {
        expect(await outcome(life, effects, true)).toEqual(await outcome(life, effects, false));
      }),
      { numRuns: 8 },
    ),
);
