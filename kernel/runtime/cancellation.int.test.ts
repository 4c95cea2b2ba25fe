import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { newEvent, reactorService } from '../../schemas/catalogue.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { eventually, startInVirtualTime } from '../../test/harness/services.ts';
import { failureOf } from '../errors.ts';

const why = { reason: '', requestedBy: '' };
const promotion = (model: string) => newEvent('PromotionRequested', { model, version: 'v1', ...why });
const rollback = (model: string) => newEvent('RollbackRequested', { model, ...why });

/** Works on a promotion until a rollback of the same model cancels it; that of `quick` ends by itself. */
const worker = (started: string[]) =>
  reactorService({
    name: 'registrar',
    reactsTo: ['PromotionRequested'],
    cancelledBy: ['RollbackRequested'],
    start: ({ signal }) => ({
      on: {
        async PromotionRequested({ subject, data: { model, version } }, _emit, cancelled) {
          started.push(subject);
          try {
            if (model !== 'quick' && !cancelled.aborted)
              await once(AbortSignal.any([cancelled, signal]), 'abort');
            signal.throwIfAborted();
            cancelled.throwIfAborted();
            return [newEvent('VersionArchived', { model, version, reason: 'done', policyVersion: 0 })];
          } catch (error) {
            return [
              newEvent('PromotionRefused', {
                model,
                version,
                runId: null,
                requestedBy: '',
                policyVersion: 0,
                ...failureOf(error),
              }),
            ];
          }
        },
      },
    }),
  });

describe('a running reaction', () => {
  test('is cancelled by an event of its aggregate, not by one of another', async () => {
    const started: string[] = [];
    await using services = await startInVirtualTime([worker(started)]);
    await services.publisher.publish([promotion('a'), rollback('b')]);
    await eventually(async () => (started.length > 0 ? true : undefined));
    await services.publisher.publish([rollback('a'), promotion('quick')]);
    await services.host.settled();
    expect(started).toEqual(['a', 'quick']);
    expect(await services.all('PromotionRefused')).toMatchObject([
      {
        subject: 'a',
        data: { code: 'CANCELLED', reason: expect.stringContaining('RollbackRequested of a') },
      },
    ]);
    expect(await services.all('VersionArchived')).toMatchObject([{ subject: 'quick' }]);
  });

  test('is cancelled after a restart by an event that came while it was stopped', async () => {
    await using folder = await temporaryFolder('cancel');
    const { path: home } = folder;
    const started: string[] = [];
    {
      await using services = await startInVirtualTime([worker(started)], { home });
      await services.publisher.publish([promotion('a')]);
      await eventually(async () => (started.length > 0 ? true : undefined));
    }
    await using services = await startInVirtualTime([], { home });
    await services.publisher.publish([rollback('a')]);
    await using again = await startInVirtualTime([worker(started)], { home });
    await again.host.settled();
    expect(started).toEqual(['a', 'a']);
    expect(await again.all('PromotionRefused')).toMatchObject([{ data: { code: 'CANCELLED' } }]);
  });
});
