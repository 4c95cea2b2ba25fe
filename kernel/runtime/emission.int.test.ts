import { describe, expect, test, vi } from 'vitest';
import { startChild } from '../../test/harness/child.ts';
import { type Faults, failing } from '../../test/harness/faults.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { append, type OrderServices, startInVirtualTime } from '../../test/harness/orders.ts';
import { EpochlogError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import { order, shipped } from '../testing/orders.ts';
import { inParcels, KINDS } from '../testing/warehouse.ts';

const CHILD = new URL('../../test/faults/runtime-child.ts', import.meta.url);
const KILLED = new Error('killed here');

/** The parcels of an order are there once each, in order, densely numbered, under the ids that their cause gives. */
async function expectParcels(services: OrderServices, orderId: string, count: number): Promise<void> {
  const [request] = (await services.all('OrderPlaced')).filter(({ subject }) => subject === orderId);
  const parcels = (await services.all('OrderShipped')).filter(({ subject }) => subject === orderId);
  expect(parcels.map(({ id, sequence, data }) => ({ id, sequence, parcel: data.parcel }))).toEqual(
    Array.from({ length: count }, (_, i) => ({
      id: derivedId(request!.id, 'warehouse', i),
      sequence: i + 1,
      parcel: i + 1,
    })),
  );
}

describe.each(KINDS)('what %s emits and its offset are one commit', (_kind, make) => {
  const parcels = ({ subject }: { subject: string }) => [shipped(subject, 1), shipped(subject, 2)];

  test.each<[string, Faults, number]>([
    ['before the commit happens neither', { beforeCommit: failing(1, KILLED) }, 2],
    ['after the commit writes both', { afterCommit: failing(1, KILLED) }, 1],
  ])('a crash %s', async (_when, faults, times) => {
    const reactions = vi.fn(parcels);
    await using services = await startInVirtualTime([make(reactions)], { faults, restarts: 1 });
    await services.publish(order('c'));
    await expectParcels(services, 'c', 2);
    expect(reactions).toHaveBeenCalledTimes(times);
  });

  test('nothing of it is appended otherwise', async () => {
    const faults = { beforeAppend: failing(Number.POSITIVE_INFINITY, KILLED) };
    await using services = await startInVirtualTime([make(parcels)], { faults });
    await services.publish(order('c'), order('d'));
    await expectParcels(services, 'c', 2);
    await expectParcels(services, 'd', 2);
  });

  test('a commit with a retriable error is retried with the same outputs', async () => {
    const faults = { beforeCommit: failing(2, new EpochlogError('LOG_UNAVAILABLE', 'no log for now')) };
    const reactions = vi.fn(parcels);
    await using services = await startInVirtualTime([make(reactions)], { faults });
    await services.publish(order('c'), order('d'));
    await expectParcels(services, 'c', 2);
    await expectParcels(services, 'd', 2);
    expect(reactions).toHaveBeenCalledTimes(2);
  });
});

describe('what a reaction emits before its end', () => {
  const PARCELS = 4;
  const STOPS = ['1', '2', '3', '4'];
  const orders = STOPS.map((stop) => order(stop));

  test.each<[string, Error]>([
    ['crash', KILLED],
    ['retry', new EpochlogError('OVERLOADED', 'busy')],
  ])('is not emitted again after a %s, wherever in the reaction', async (_what, error) => {
    const left = new Set(STOPS);
    const service = inParcels(PARCELS, (number, orderId) => {
      if (`${number}` === orderId && left.delete(orderId)) throw error;
    });
    await using services = await startInVirtualTime([service], { restarts: 1 });
    await services.publish(...orders);
    expect(left.size).toBe(0);
    for (const stop of STOPS) await expectParcels(services, stop, PARCELS);
  });

  test('is not emitted again after a crash before or after the commit', async () => {
    const faults = { beforeCommit: failing(1, KILLED), afterCommit: failing(1, KILLED) };
    await using services = await startInVirtualTime([inParcels(PARCELS)], { faults, restarts: 2 });
    await services.publish(order('c'), order('d'));
    await expectParcels(services, 'c', PARCELS);
    await expectParcels(services, 'd', PARCELS);
  });

  test('takes no sequence when it could not be appended', async () => {
    const faults = { beforeAppend: failing(2, new EpochlogError('DISK_FULL', 'no room for now')) };
    await using services = await startInVirtualTime([inParcels(PARCELS)], { faults });
    await services.publish(order('c'));
    await expectParcels(services, 'c', PARCELS);
  });

  test('is not emitted again after kill -9, however often', async () => {
    await using folder = await temporaryFolder('runtime');
    await append(folder.path, [order('c')]);
    for (const last of STOPS) {
      const child = startChild<{ parcel: number }>(CHILD, [folder.path, `${PARCELS}`, last]);
      await child.reported(1);
      await child.kill();
      expect(child.reports).toEqual([{ parcel: Number(last) }]);
    }
    await using services = await startInVirtualTime([inParcels(PARCELS)], { home: folder.path });
    await services.host.settled();
    await expectParcels(services, 'c', PARCELS);
  });
});
