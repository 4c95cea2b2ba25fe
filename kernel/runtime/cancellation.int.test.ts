import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../test/harness/eventually.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { append, startInVirtualTime } from '../../test/harness/orders.ts';
import { failureOf } from '../errors.ts';
import { newOrderEvent, order } from '../testing/orders.ts';
import { reactorService } from '../testing/warehouse.ts';

const cancel = (orderId: string) => newOrderEvent('CancelRequested', { orderId });

/** Works on an order until it is cancelled; the one that is called `quick` is accepted at once. */
const worker = (started: string[]) =>
  reactorService({
    name: 'warehouse',
    reactsTo: ['OrderPlaced'],
    cancelledBy: ['CancelRequested'],
    start: ({ signal }) => ({
      on: {
        async OrderPlaced({ subject, data: { orderId } }, _emit, cancelled) {
          started.push(subject);
          try {
            if (orderId !== 'quick' && !cancelled.aborted)
              await once(AbortSignal.any([cancelled, signal]), 'abort');
            signal.throwIfAborted();
            cancelled.throwIfAborted();
            return [newOrderEvent('OrderAccepted', { orderId, reason: 'done' })];
          } catch (error) {
            return [newOrderEvent('OrderRefused', { orderId, ...failureOf(error) })];
          }
        },
      },
    }),
  });

describe('a running reaction', () => {
  test('is cancelled by an event of its aggregate, not by one of another', async () => {
    const started: string[] = [];
    await using services = await startInVirtualTime([worker(started)]);
    await services.publisher.publish([order('a'), cancel('b')]);
    await eventually(async () => (started.length > 0 ? true : undefined));
    await services.publisher.publish([cancel('a'), order('quick')]);
    await services.host.settled();
    expect(started).toEqual(['a', 'quick']);
    expect(await services.all('OrderRefused')).toMatchObject([
      { subject: 'a', data: { code: 'CANCELLED', reason: expect.stringContaining('CancelRequested of a') } },
    ]);
    expect(await services.all('OrderAccepted')).toMatchObject([{ subject: 'quick' }]);
  });

  test('is cancelled after a restart by an event that came while it was stopped', async () => {
    await using folder = await temporaryFolder('cancel');
    const { path: home } = folder;
    const started: string[] = [];
    {
      await using services = await startInVirtualTime([worker(started)], { home });
      await services.publisher.publish([order('a')]);
      await eventually(async () => (started.length > 0 ? true : undefined));
    }
    await append(home, [cancel('a')]);
    await using again = await startInVirtualTime([worker(started)], { home });
    await again.host.settled();
    expect(started).toEqual(['a', 'a']);
    expect(await again.all('OrderRefused')).toMatchObject([{ data: { code: 'CANCELLED' } }]);
  });
});
