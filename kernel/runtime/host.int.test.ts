import { describe, expect, test } from 'vitest';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { startInVirtualTime } from '../../test/harness/orders.ts';
import { EpochlogError } from '../errors.ts';
import { newOrderEvent, type OrderEvent, type OrderEventType, order, shipped } from '../testing/orders.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { deciderService, KINDS, reactorService, type Service, warehouse } from '../testing/warehouse.ts';

/** A service of this name, for which one thing follows from each event of this type. */
const follower = <T extends OrderEventType>(
  name: string,
  type: T,
  follow: (subject: string) => OrderEvent | Promise<OrderEvent>,
): Service => ({
  name,
  reactsTo: [type],
  effects: true,
  start: () => ({ react: async ({ subject }) => [await follow(subject)] }),
});

const parcels = warehouse(({ subject }) => [shipped(subject, 1)]);
const refusal = (item: string) => newOrderEvent('RestockRefused', { item });
const payment = (account: string) => newOrderEvent('PaymentReceived', { account, paymentId: '1', amount: 0 });

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
    const supplier = follower('supplier', 'OrderShipped', async (subject) => {
      await held.pass();
      return refusal(subject);
    });
    const bank = follower('bank', 'RestockRefused', payment);
    await using services = await startInVirtualTime([bank, supplier, parcels]);
    using _opened = held;
    const { host } = services;
    await services.publisher.publish([order('a'), order('b')]);
    let quiet = false;
    const settled = host.settled().then(() => {
      quiet = true;
    });
    await held.reached;
    await host.settled(['supplier']); // asks as often as the other, and began later
    expect(quiet).toBe(false);
    const lag = await host.lag();
    expect([lag.get('bank'), lag.get('warehouse')]).toEqual([0, 0]);
    expect(lag.get('supplier')).toBeGreaterThanOrEqual(2); // two parcels, of which it has the first in hand
    held.open();
    await settled;
    expect((await services.all('PaymentReceived')).map(({ data }) => data.account)).toEqual(['a', 'b']);
    expect([...(await host.lag()).values()]).toEqual([0, 0, 0]);
  });

  test('at once when there are no events, and not before all services are ready', async () => {
    const diary: string[] = [];
    const slow: Service = {
      name: 'supplier',
      reactsTo: [],
      effects: false,
      start: () => ({
        async restored() {
          await new Promise((resolve) => setTimeout(resolve, 50)); // a long past
          diary.push('restored');
        },
      }),
    };
    await using services = await startInVirtualTime([slow, parcels]);
    diary.push('ready');
    await services.host.settled();
    expect(diary).toEqual(['restored', 'ready']);
  });
});

describe('a reaction that takes long', () => {
  test('does not block other services', async () => {
    const held = gate();
    const supplier = follower('supplier', 'OrderPlaced', async (subject) => {
      await held.pass();
      return refusal(subject);
    });
    await using services = await startInVirtualTime([supplier, parcels]);
    using _opened = held;
    await services.publisher.publish([order('a')]);
    await held.reached;
    await services.publisher.publish([order('b')]);
    await services.host.settled(['supplier']);
    expect((await services.all('OrderShipped')).map(({ subject }) => subject)).toEqual(['a', 'b']);
    expect(await services.all('RestockRefused')).toEqual([]);
    held.open();
    await services.host.settled();
    expect(await services.all('RestockRefused')).toHaveLength(2);
  });

  test('is waited for by a stop; the rest is done after the next start', async () => {
    await using folder = await temporaryFolder('host');
    const held = gate();
    const service = warehouse(async ({ subject }, emit) => {
      await emit(shipped(subject, 1));
      await held.pass();
      return [shipped(subject, 2)];
    });
    {
      await using services = await startInVirtualTime([service], { home: folder.path });
      using _opened = held;
      await services.publisher.publish(['a', 'b', 'c'].map((id) => order(id)));
      await held.reached;
      const stopped = services.host.stop();
      held.open();
      await stopped;
      expect((await services.all('OrderShipped')).map(({ subject }) => subject)).toEqual(['a', 'a']);
      expect(services.host.status()).toMatchObject([{ state: 'stopped', crashes: 0, lastError: null }]);
      await expect(services.host.settled()).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(services.host.ready()).rejects.toMatchObject({ code: 'CONFLICT' });
    }
    await using services = await startInVirtualTime([service], { home: folder.path });
    await services.host.settled();
    expect(
      (await services.all('OrderShipped')).map(({ subject, data, sequence }) => [
        subject,
        data.parcel,
        sequence,
      ]),
    ).toEqual(['a', 'b', 'c'].flatMap((id) => [1, 2].map((number) => [id, number, number])));
  });

  test('and observes the signal ends with it, and is repeated after the next start', async () => {
    await using folder = await temporaryFolder('host');
    let attempts = 0;
    const begun = gate();
    const service = reactorService({
      name: 'warehouse',
      reactsTo: ['OrderPlaced'],
      start: ({ signal }) => ({
        on: {
          async OrderPlaced({ subject }, emit) {
            attempts += 1;
            await emit(shipped(subject, 1));
            if (attempts === 1) {
              const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
              begun.pass();
              await aborted;
            }
            signal.throwIfAborted();
            return [shipped(subject, 2)];
          },
        },
      }),
    });
    {
      await using services = await startInVirtualTime([service], { home: folder.path });
      await services.publisher.publish([order('a')]);
      await begun.reached;
      await services.host.stop();
      expect(services.host.status()).toMatchObject([{ state: 'stopped', crashes: 0 }]);
    }
    await using services = await startInVirtualTime([service], { home: folder.path });
    await services.host.settled();
    expect(attempts).toBe(2);
    expect((await services.all('OrderShipped')).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });
});

test('a stop ends the backoff before a retry, and loses nothing', async () => {
  await using folder = await temporaryFolder('host');
  const telemetry = createPrometheus();
  let attempts = 0;
  const service = warehouse(({ subject }) => {
    attempts += 1;
    if (attempts <= 4) throw new EpochlogError('OVERLOADED', 'busy');
    return [shipped(subject, 1)];
  });
  {
    const clock = new VirtualClock(0, 50 + 100 + 200); // it stops in the fourth wait
    await using services = await startInVirtualTime([service], { home: folder.path, telemetry, clock });
    await services.publisher.publish([order('a')]);
    await eventually(async () => {
      const { text } = await telemetry.scrape();
      return /retries_total{.*} 4/.test(text) || undefined;
    });
  }
  expect(attempts).toBe(4);
  await using services = await startInVirtualTime([service], { home: folder.path });
  await services.host.settled();
  expect(attempts).toBe(5);
  expect(await services.all('OrderShipped')).toHaveLength(1);
});

test.each(KINDS)('%s stops after the reaction it is in, with many events still to come', async (_, make) => {
  await using folder = await temporaryFolder('host');
  const ids = Array.from({ length: 20 }, (_, i) => `${i}`);
  const reactions: string[] = [];
  let stop: () => void = () => {};
  const service = make(({ subject }) => {
    reactions.push(subject);
    if (subject === '3') stop();
    return [shipped(subject, 1)];
  });
  {
    await using services = await startInVirtualTime([service], { home: folder.path });
    stop = () => void services.host.stop();
    await services.publisher.publish(ids.map((id) => order(id)));
    await eventually(async () => (services.host.status()[0]?.state === 'stopped' ? true : undefined));
    expect(reactions).toEqual(['0', '1', '2', '3']);
    expect(await services.all('OrderShipped')).toHaveLength(4);
  }
  await using services = await startInVirtualTime([service], { home: folder.path });
  await services.host.settled();
  expect(reactions).toEqual(ids);
  expect((await services.all('OrderShipped')).map(({ subject }) => subject)).toEqual(ids);
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
    name: 'warehouse',
    reactsTo: ['OrderPlaced'],
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
  await services.publish(...Array.from({ length: 100 }, (_, i) => order(`${i}`)));
  isOver = true;
  expect(seen.size).toBeGreaterThanOrEqual(5);
});
