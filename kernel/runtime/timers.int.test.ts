import { describe, expect, test } from 'vitest';
import { deciderService, newEvent } from '../../schemas/catalogue.ts';
import { collection, page } from '../../test/harness/collections.ts';
import { failing } from '../../test/harness/faults.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { eventually, type ServicesUnderTest, startServices } from '../../test/harness/services.ts';
import { timerEventId } from '../ids.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';

const KILLED = new Error('kill -9');
const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);

/** A collection that has no page a day after it was requested has failed. */
const collector = deciderService({
  name: 'collector',
  reactsTo: ['CollectionRequested', 'OutcomeReported'],
  stateFrom: ['CollectionRequested', 'PageCollected', 'CollectionFailed'],
  decider: () => ({
    initialState: () => new Map<string, number>(),
    decide: (_, { type, subject }) => (type === 'OutcomeReported' ? [page(subject, 1)] : []),
    evolve(pending, { type, subject, time }) {
      if (type === 'CollectionRequested') pending.set(subject, time + DAY_MS);
      else pending.delete(subject);
      return pending;
    },
    timers: (pending) =>
      [...pending].map(([collectionId, dueAt]) => ({
        id: collectionId,
        dueAt,
        event: newEvent('CollectionFailed', {
          collectionId,
          task: 'arxiv',
          code: 'LATE',
          reason: 'no page within a day',
        }),
      })),
  }),
});

const failed = (services: ServicesUnderTest) => services.all('CollectionFailed');

/** Resolves with the failures once there are so many. */
const untilFailed = (services: ServicesUnderTest, count: number) =>
  eventually(async () => {
    const found = await failed(services);
    return found.length >= count ? found : undefined;
  });

describe('a timer', () => {
  test('appends its fact at its due time, with an id that follows from both', async () => {
    const clock = new VirtualClock(START);
    await using services = await startServices([collector], { clock });
    const [a] = await services.publish(collection('a'));
    const dueAt = a!.time + DAY_MS;
    const [fact] = await untilFailed(services, 1);
    expect(fact).toMatchObject({
      id: timerEventId('collector', 'a', dueAt),
      ...{ source: 'collector', subject: 'a', sequence: 1, causationId: null },
    });
    expect(fact!.time).toBeGreaterThanOrEqual(dueAt);
    expect(clock.now()).toBeLessThan(dueAt + DAY_MS);
  });

  test('of which the state changes before its due time does not fire', async () => {
    const clock = new VirtualClock(Date.now(), 0); // time stands still
    await using folder = await temporaryFolder('timers');
    const { path: home } = folder;
    {
      await using services = await startServices([collector], { home, clock });
      await services.publish(collection('a'), collection('b'), {
        ...newEvent('OutcomeReported', { requestId: 'a', label: '', value: null, reportedAt: 0, source: '' }),
      });
    }
    await using services = await startServices([collector], { home, clock: new VirtualClock(Date.now()) });
    await untilFailed(services, 1);
    await services.host.settled();
    expect((await failed(services)).map(({ subject }) => subject)).toEqual(['b']);
  });

  test('that was due while the service was stopped fires after the restart', async () => {
    await using folder = await temporaryFolder('timers');
    const { path: home } = folder;
    {
      const clock = new VirtualClock(Date.now(), 0);
      await using services = await startServices([collector], { home, clock });
      await services.publish(collection('a'));
      expect(await failed(services)).toEqual([]);
    }
    const clock = new VirtualClock(Date.now() + 2 * DAY_MS, 0);
    await using services = await startServices([collector], { home, clock });
    expect(await untilFailed(services, 1)).toMatchObject([{ subject: 'a' }]);
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
    await using services = await startServices([collector], { clock, faults, restarts: 1 });
    await services.publish(collection('a'), collection('b'));
    const facts = await untilFailed(services, 2);
    await services.host.settled();
    expect(services.host.status()).toMatchObject([{ lastError: KILLED.message }]);
    expect((await failed(services)).map(({ id }) => id)).toEqual(facts.map(({ id }) => id));
    expect(facts.map(({ subject, sequence }) => [subject, sequence])).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });

  test('whose fact is not folded is a defect, and does not fire again and again', async () => {
    const forgetful = {
      ...collector,
      stateFrom: ['CollectionRequested'] as const,
    };
    await using services = await startServices([forgetful], { clock: new VirtualClock(START) });
    await services.publisher.publish([collection('a')]);
    await eventually(async () => (services.host.failed.aborted ? true : undefined));
    expect(String(services.host.failed.reason)).toMatch(/timer a of collector is pending/);
    expect(await failed(services)).toHaveLength(1);
  });
});
