import { describe, expect, test } from 'vitest';
import { eventually } from '../../test/harness/eventually.ts';
import { failing } from '../../test/harness/faults.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { type OrderServices, startServices } from '../../test/harness/orders.ts';
import { timerEventId } from '../ids.ts';
import { newOrderEvent, order, restock, shipped } from '../testing/orders.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { deciderService } from '../testing/warehouse.ts';

const KILLED = new Error('kill -9');
const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);

/** An order of which no parcel is shipped within a day is refused; a restock ships one. */
const punctual = deciderService({
  name: 'warehouse',
  reactsTo: ['OrderPlaced', 'RestockRequested'],
  stateFrom: ['OrderPlaced', 'OrderShipped', 'OrderRefused'],
  decider: () => ({
    initialState: () => new Map<string, number>(),
    decide: (_, { type, subject }) => (type === 'RestockRequested' ? [shipped(subject, 1)] : []),
    evolve(pending, { type, subject, time }) {
      if (type === 'OrderPlaced') pending.set(subject, time + DAY_MS);
      else pending.delete(subject);
      return pending;
    },
    timers: (pending) =>
      [...pending].map(([orderId, dueAt]) => ({
        id: orderId,
        dueAt,
        event: newOrderEvent('OrderRefused', {
          orderId,
          code: 'LATE',
          reason: 'no parcel within a day',
        }),
      })),
  }),
});

const refused = (services: OrderServices) => services.all('OrderRefused');

/** Resolves with the refused orders once there are so many. */
const untilRefused = (services: OrderServices, count: number) =>
  eventually(async () => {
    const found = await refused(services);
    return found.length >= count ? found : undefined;
  });

describe('a timer', () => {
  test('appends its fact at its due time, with an id that follows from both', async () => {
    const clock = new VirtualClock(START);
    await using services = await startServices([punctual], { clock });
    const [a] = await services.publish(order('a'));
    const dueAt = a!.time + DAY_MS;
    const [fact] = await untilRefused(services, 1);
    expect(fact).toMatchObject({
      id: timerEventId('warehouse', 'a', dueAt),
      ...{ source: 'warehouse', subject: 'a', sequence: 1, causationId: null },
    });
    expect(fact!.time).toBeGreaterThanOrEqual(dueAt);
    expect(clock.now()).toBeLessThan(dueAt + DAY_MS);
  });

  test('of which the state changes before its due time does not fire', async () => {
    const clock = new VirtualClock(Date.now(), 0); // time stands still
    await using folder = await temporaryFolder('timers');
    const { path: home } = folder;
    {
      await using services = await startServices([punctual], { home, clock });
      await services.publish(order('a'), order('b'), restock('a'));
    }
    await using services = await startServices([punctual], { home, clock: new VirtualClock(Date.now()) });
    await untilRefused(services, 1);
    await services.host.settled();
    expect((await refused(services)).map(({ subject }) => subject)).toEqual(['b']);
  });

  test('that was due while the service was stopped fires after the restart', async () => {
    await using folder = await temporaryFolder('timers');
    const { path: home } = folder;
    {
      const clock = new VirtualClock(Date.now(), 0);
      await using services = await startServices([punctual], { home, clock });
      await services.publish(order('a'));
      expect(await refused(services)).toEqual([]);
    }
    const clock = new VirtualClock(Date.now() + 2 * DAY_MS, 0);
    await using services = await startServices([punctual], { home, clock });
    expect(await untilRefused(services, 1)).toMatchObject([{ subject: 'a' }]);
  });

  test.each(['before', 'after'])('fires once when the service crashes just %s its commit', async (when) => {
    const crash = failing(1, KILLED);
    let isTimer = false;
    const faults = {
      beforeCommit(_next: unknown, outputs: readonly unknown[]) {
        isTimer = outputs.length > 0;
        if (isTimer && when === 'before') crash();
      },
      afterCommit() {
        if (isTimer && when === 'after') crash();
      },
    };
    const clock = new VirtualClock(START);
    await using services = await startServices([punctual], { clock, faults, restarts: 1 });
    await services.publish(order('a'), order('b'));
    const facts = await untilRefused(services, 2);
    await services.host.settled();
    expect(services.host.status()).toMatchObject([{ lastError: KILLED.message }]);
    expect((await refused(services)).map(({ id }) => id)).toEqual(facts.map(({ id }) => id));
    expect(facts.map(({ subject, sequence }) => [subject, sequence])).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });

  test('whose fact is not folded is a defect, and does not fire again and again', async () => {
    const forgetful = {
      ...punctual,
      stateFrom: ['OrderPlaced'] as const,
    };
    await using services = await startServices([forgetful], { clock: new VirtualClock(START) });
    await services.publisher.publish([order('a')]);
    await eventually(async () => (services.host.failed.aborted ? true : undefined));
    expect(String(services.host.failed.reason)).toMatch(/timer a of warehouse is pending/);
    expect(await refused(services)).toHaveLength(1);
  });
});
