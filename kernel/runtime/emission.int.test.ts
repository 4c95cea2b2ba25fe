import { describe, expect, test, vi } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { startChild } from '../../test/harness/child.ts';
import { collection, inPages, KINDS, page } from '../../test/harness/collections.ts';
import { type Faults, failing } from '../../test/harness/faults.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { type ServicesUnderTest, startInVirtualTime } from '../../test/harness/services.ts';
import { EpochlogError } from '../errors.ts';
import { derivedId } from '../ids.ts';

const CHILD = new URL('../../test/faults/runtime-child.ts', import.meta.url);
const KILLED = new Error('killed here');

/** The pages of a collection are there once each, in order, densely numbered, under the ids that their cause gives. */
async function expectPages(services: ServicesUnderTest, collectionId: string, count: number): Promise<void> {
  const [request] = (await services.all('CollectionRequested')).filter(
    ({ subject }) => subject === collectionId,
  );
  const pages = (await services.all('PageCollected')).filter(({ subject }) => subject === collectionId);
  expect(pages.map(({ id, sequence, data }) => ({ id, sequence, page: data.page }))).toEqual(
    Array.from({ length: count }, (_, i) => ({
      id: derivedId(request!.id, 'collector', i),
      sequence: i + 1,
      page: i + 1,
    })),
  );
}

describe.each(KINDS)('what %s emits and its offset are one commit', (_kind, make) => {
  const pages = ({ subject }: { subject: string }) => [page(subject, 1), page(subject, 2)];

  test.each<[string, Faults, number]>([
    ['before the commit happens neither', { beforeCommit: failing(1, KILLED) }, 2],
    ['after the commit writes both', { afterCommit: failing(1, KILLED) }, 1],
  ])('a crash %s', async (_when, faults, times) => {
    const reactions = vi.fn(pages);
    await using services = await startInVirtualTime([make(reactions)], { faults, restarts: 1 });
    await services.publish(collection('c'));
    await expectPages(services, 'c', 2);
    expect(reactions).toHaveBeenCalledTimes(times);
  });

  test('nothing of it is appended otherwise', async () => {
    const faults = { beforeAppend: failing(Number.POSITIVE_INFINITY, KILLED) };
    await using services = await startInVirtualTime([make(pages)], { faults });
    await services.publish(collection('c'), collection('d'));
    await expectPages(services, 'c', 2);
    await expectPages(services, 'd', 2);
  });

  test('a commit with a retriable error is retried with the same outputs', async () => {
    const faults = { beforeCommit: failing(2, new EpochlogError('LOG_UNAVAILABLE', 'no log for now')) };
    const reactions = vi.fn(pages);
    await using services = await startInVirtualTime([make(reactions)], { faults });
    await services.publish(collection('c'), collection('d'));
    await expectPages(services, 'c', 2);
    await expectPages(services, 'd', 2);
    expect(reactions).toHaveBeenCalledTimes(2);
  });
});

describe('what a reaction emits before its end', () => {
  const PAGES = 4;
  const STOPS = ['1', '2', '3', '4'];
  const collections = STOPS.map((stop) => collection(stop));

  test.each<[string, Error]>([
    ['crash', KILLED],
    ['retry', new EpochlogError('OVERLOADED', 'busy')],
  ])('is not emitted again after a %s, wherever in the reaction', async (_what, error) => {
    const left = new Set(STOPS);
    const service = inPages(PAGES, (number, collectionId) => {
      if (`${number}` === collectionId && left.delete(collectionId)) throw error;
    });
    await using services = await startInVirtualTime([service], { restarts: 1 });
    await services.publish(...collections);
    expect(left.size).toBe(0);
    for (const stop of STOPS) await expectPages(services, stop, PAGES);
  });

  test('is not emitted again after a crash before or after the commit', async () => {
    const faults = { beforeCommit: failing(1, KILLED), afterCommit: failing(1, KILLED) };
    await using services = await startInVirtualTime([inPages(PAGES)], { faults, restarts: 2 });
    await services.publish(collection('c'), collection('d'));
    await expectPages(services, 'c', PAGES);
    await expectPages(services, 'd', PAGES);
  });

  test('takes no sequence when it could not be appended', async () => {
    const faults = { beforeAppend: failing(2, new EpochlogError('DISK_FULL', 'no room for now')) };
    await using services = await startInVirtualTime([inPages(PAGES)], { faults });
    await services.publish(collection('c'));
    await expectPages(services, 'c', PAGES);
  });

  test('is not emitted again after kill -9, however often', async () => {
    await using folder = await temporaryFolder('runtime');
    const store = await openStore(readConfig({ home: folder.path }, {}), 'test');
    await store.publisher.publish([collection('c')]);
    await store.close();
    for (const last of STOPS) {
      const child = startChild<{ page: number }>(CHILD, [folder.path, `${PAGES}`, last]);
      await child.reported(1);
      await child.kill();
      expect(child.reports).toEqual([{ page: Number(last) }]);
    }
    await using services = await startInVirtualTime([inPages(PAGES)], { home: folder.path });
    await services.host.settled();
    await expectPages(services, 'c', PAGES);
  });
});
