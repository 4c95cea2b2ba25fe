import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { failing } from '../../test/harness/faults.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { append, openOrders, startInVirtualTime } from '../../test/harness/orders.ts';
import type { Clock } from '../clock.ts';
import { NO_LOGGER } from '../logger.ts';
import type { Position } from '../ports/log.ts';
import { NO_TRACER } from '../ports/tracer.ts';
import { NO_TELEMETRY } from '../telemetry.ts';
import {
  newOrderEvent,
  type OrderEvent,
  order,
  type RecordedOrderEvent,
  restock,
  shipped,
} from '../testing/orders.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import type { Emit, Service } from '../testing/warehouse.ts';
import { topicOf } from '../topics.ts';
import { type HostOptions, startHost } from './host.ts';

const KILLED = new Error('killed here');

type React = (
  request: RecordedOrderEvent,
  state: { parcels: number; restocks: number },
  emit: Emit,
) => readonly OrderEvent[] | Promise<readonly OrderEvent[]>;

const nextPage: React = ({ subject }, { parcels, restocks }) => [shipped(subject, parcels + 1, restocks)];

/** Counts the parcels of each order and all restock requests, reacts to each request by them, and keeps a diary. */
const accountant = (effects: boolean, diary: string[] = [], react = nextPage): Service => ({
  name: 'warehouse',
  reactsTo: ['OrderPlaced'],
  stateFrom: ['OrderShipped', 'RestockRequested'],
  effects,
  start() {
    const parcels = new Map<string, number>();
    let restocks = 0;
    diary.push('started');
    return {
      evolve({ type, subject }) {
        if (type === 'RestockRequested') restocks += 1;
        else parcels.set(subject, (parcels.get(subject) ?? 0) + 1);
        diary.push(`${type} ${subject}`);
      },
      async restored() {
        diary.push('restored');
      },
      react(request, emit) {
        const { subject } = request;
        diary.push(`reaction ${subject}`);
        return react(request, { parcels: parcels.get(subject) ?? 0, restocks }, emit);
      },
    };
  },
});

/** The parcels there are after a service has been started once for each of these groups of inputs, and has taken them. */
async function livedThrough(lives: readonly (readonly OrderEvent[])[], effects: boolean) {
  await using folder = await temporaryFolder('restore');
  for (const inputs of lives) {
    await append(folder.path, inputs);
    await using services = await startInVirtualTime([accountant(effects)], { home: folder.path });
    await services.host.settled();
  }
  await using services = await startInVirtualTime([], { home: folder.path });
  return (await services.all('OrderShipped')).map(({ sequence, data }) => ({ sequence, ...data }));
}

describe.each([
  ['a decider', false],
  ['a reactor', true],
])('%s that restarts', (_kind, effects) => {
  test('continues as one that never stopped', async () => {
    const inputs = [
      restock('1'),
      order('a'),
      order('b'),
      restock('2'),
      order('a'),
      order('a'),
      restock('3'),
      order('b'),
    ];
    const row = (orderId: string, parcel: number, weight: number) => ({
      orderId,
      parcel,
      weight,
      sequence: parcel,
    });
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
    await using folder = await temporaryFolder('restore');
    const live = async () => {
      const diary: string[] = [];
      await using services = await startInVirtualTime([accountant(effects, diary)], { home: folder.path });
      await services.host.settled();
      return diary;
    };
    await append(folder.path, [order('a'), restock('1')]);
    expect(await live()).toEqual([
      'started',
      'restored',
      'reaction a',
      'OrderShipped a',
      'RestockRequested 1',
    ]);
    await append(folder.path, [restock('2'), order('b'), restock('3')]);
    const [started, ...rest] = await live();
    const restored = rest.slice(0, 2);
    expect(started).toBe('started');
    expect(new Set(restored)).toEqual(new Set(['OrderShipped a', 'RestockRequested 1']));
    expect(rest.slice(2)).toEqual([
      'restored',
      'RestockRequested 2',
      'reaction b',
      'OrderShipped b',
      'RestockRequested 3',
    ]);
  });

  test('folds its own requests when they arrive, like those of others', async () => {
    const diary: string[] = [];
    const observing: React = ({ subject }, { parcels, restocks }) => [
      shipped(subject, parcels + 1, restocks),
      restock(subject),
    ];
    const faults = { afterCommit: failing(1, KILLED) };
    await using services = await startInVirtualTime([accountant(effects, diary, observing)], {
      faults,
      restarts: 1,
    });
    await services.publish(order('a'));
    await services.publish(order('b'));
    expect((await services.all('OrderShipped')).map(({ data }) => data.weight)).toEqual([0, 1]);
    expect(diary.filter((entry) => entry.startsWith('RestockRequested'))).toEqual([
      'RestockRequested a',
      'RestockRequested b',
    ]);
  });

  test('starts although a record of its state cannot be decoded', async () => {
    await using folder = await temporaryFolder('restore');
    const { path: home } = folder;
    {
      await using services = await startInVirtualTime([accountant(effects)], { home });
      const [observed] = await services.publish(restock('1'));
      await services.log.append([{ ...services.codec.encode(observed!), value: Buffer.from('no event') }]);
      await services.publish(order('a'));
    }
    await using services = await startInVirtualTime([accountant(effects)], { home });
    await services.publish(order('a'));
    expect((await services.all('OrderShipped')).map(({ data }) => [data.parcel, data.weight])).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });
});

test('facts that a reaction emitted before a crash are in the state when it is repeated', async () => {
  const diary: string[] = [];
  const crash = failing(1, KILLED);
  const inTwo: React = async ({ subject }, { parcels }, emit) => {
    await emit(shipped(subject, 1));
    crash();
    return [shipped(subject, 2, parcels)];
  };
  await using services = await startInVirtualTime([accountant(true, diary, inTwo)], { restarts: 1 });
  await services.publish(order('a'));
  expect(diary).toEqual([
    ...['started', 'restored', 'reaction a', 'OrderShipped a'],
    ...['started', 'OrderShipped a', 'restored', 'reaction a', 'OrderShipped a'],
  ]);
  expect((await services.all('OrderShipped')).map(({ data }) => [data.parcel, data.weight])).toEqual([
    [1, 0],
    [2, 1],
  ]);
});

test('consumed records of several topics are folded by log timestamp', async () => {
  await using folder = await temporaryFolder('restore');
  const { path: home } = folder;
  const diary: string[] = [];
  const service: Service = {
    name: 'warehouse',
    reactsTo: [],
    stateFrom: ['RestockRequested', 'RefundRequested', 'OrderPlaced'],
    effects: false,
    start: () => ({
      evolve: ({ subject }) => void diary.push(subject),
      restored: async () => void diary.push('restored'),
    }),
  };
  const refund = (account: string) => newOrderEvent('RefundRequested', { account });
  const makers: readonly ((id: string) => OrderEvent)[] = [restock, refund, order];
  const ids = Array.from({ length: 12 }, (_, i) => `${i}`);
  {
    await using services = await startInVirtualTime([service], { home });
    for (const [i, id] of ids.entries()) {
      await services.publisher.publish([makers[(i * i) % 3]!(id)]);
      const then = Date.now();
      while (Date.now() === then) await turn(); // the log tells milliseconds apart
    }
    await services.host.settled();
  }
  expect(diary).toEqual(['restored', ...ids]);

  diary.length = 0;
  await append(home, [order('x'), refund('y'), restock('z')]);
  await using services = await startInVirtualTime([service], { home });
  await services.host.settled();
  expect(diary).toEqual([...ids, 'restored', 'x', 'y', 'z']);
});

test('topics that a service only reacts to are not read to restore its state', async () => {
  await using folder = await temporaryFolder('restore');
  const { path: home } = folder;
  const taken: string[] = [];
  const service: Service = {
    name: 'warehouse',
    reactsTo: ['RestockRequested'],
    stateFrom: ['OrderPlaced'],
    effects: false,
    start: () => ({ evolve: ({ subject }) => void taken.push(subject) }),
  };
  {
    await using services = await startInVirtualTime([service], { home });
    await services.publish(order('a'));
    await services.publish(restock('1'));
  }
  const read = new Set<string>();
  const faults = { beforeRead: ({ topic }: Position) => void read.add(topic) };
  await using services = await startInVirtualTime([service], { home, faults });
  await services.host.settled();
  expect(taken).toEqual(['a', 'a']);
  const isRead = (type: OrderEvent['type']) => read.has(topicOf(services.codec.catalogue.streamOf(type)));
  expect([isRead('OrderPlaced'), isRead('RestockRequested')]).toEqual([true, false]);
});

test('a service that is stopped during the restore does not fold the rest', async () => {
  await using folder = await temporaryFolder('restore');
  await append(
    folder.path,
    Array.from({ length: 50 }, (_, i) => restock(`${i}`)),
  );
  const { log, codec, close } = await openOrders(folder.path);
  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  const taken: string[] = [];
  const service: Service = {
    name: 'warehouse',
    reactsTo: [],
    stateFrom: ['RestockRequested'],
    effects: false,
    start: () => ({
      evolve({ subject }) {
        taken.push(subject);
        tell(host.stop());
      },
    }),
  };
  const clock: Clock = new VirtualClock();
  const shared = { clock, logger: NO_LOGGER, telemetry: NO_TELEMETRY, tracer: NO_TRACER };
  const host = startHost([service], {
    ...{ log, codec, maxCrashes: 1, settingsOf: () => ({}) },
    shared: shared as HostOptions['shared'],
  });
  await await told;
  expect(taken).toEqual(['0']);
  await close();
});
