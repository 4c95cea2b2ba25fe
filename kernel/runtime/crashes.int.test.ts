import { describe, expect, test } from 'vitest';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { deciderService, newEvent, reactorService } from '../../schemas/catalogue.ts';
import { collection, collector, KINDS, page } from '../../test/harness/collections.ts';
import { failing } from '../../test/harness/faults.ts';
import { eventually, type ServicesUnderTest, startInVirtualTime } from '../../test/harness/services.ts';
import { EpochlogError } from '../errors.ts';
import type { Service } from '../service.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';

const DEFECT = new Error('a defect');
const pagesOf = async (services: ServicesUnderTest) =>
  (await services.all('PageCollected')).map(({ subject, sequence }) => `${subject} ${sequence}`);

/** Refuses a dataset for every collection, whatever happens to others. */
const sealer: Service = deciderService({
  name: 'sealer',
  reactsTo: ['CollectionRequested'],
  stateFrom: [],
  decider: () => ({
    initialState: () => null,
    decide: (_, { subject }) => [
      newEvent('DatasetRefused', { datasetId: subject, model: '', task: 'arxiv', code: '', reason: '' }),
    ],
    evolve: (state) => state,
  }),
});

const intervals = (times: readonly number[]) => times.slice(1).map((time, i) => time - times[i]!);

describe.each(KINDS)('a retriable error', (kind, make) => {
  test(`makes ${kind} back off exponentially, skip nothing and keep the order`, async () => {
    const telemetry = createPrometheus();
    const clock = new VirtualClock();
    const attempts: string[] = [];
    const times: number[] = [];
    const refuse = failing(3, new EpochlogError('OVERLOADED', 'busy'));
    const service = make(({ subject }) => {
      attempts.push(subject);
      times.push(clock.now());
      if (subject === 'b') refuse();
      return [page(subject, 1)];
    });
    await using services = await startInVirtualTime([service], { telemetry, clock });
    await services.publish(collection('a'), collection('b'), collection('c'));
    expect(attempts).toEqual(['a', 'b', 'b', 'b', 'b', 'c']);
    expect(intervals(times.slice(1, -1))).toEqual([50, 100, 200]);
    expect(await pagesOf(services)).toEqual(['a 1', 'b 1', 'c 1']);
    const { text } = await telemetry.scrape();
    expect(text).toContain('epochlog_retries_total{service="collector",code="OVERLOADED"} 3\n');
    expect(text).not.toContain('epochlog_dead_letters_total{');
    expect(text).not.toContain('epochlog_service_restarts_total{');
  });
});

describe.each(KINDS)('a full disk', (kind, make) => {
  test(`ends a command that runs ${kind} with DISK_FULL, after some attempts`, async () => {
    let attempts = 0;
    const faults = {
      beforeCommit() {
        attempts += 1;
        throw new EpochlogError('DISK_FULL', 'no room');
      },
    };
    const service = make(({ subject }) => [page(subject, 1)]);
    await using services = await startInVirtualTime([service], {
      faults,
      restarts: 2,
      waitsForDiskSpace: false,
    });
    await expect(services.publish(collection('a'))).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(attempts).toBe(3);
    expect(services.host.status()).toMatchObject([{ crashes: 3, lastError: 'no room' }]);
  });
});

describe('an error that is not in the table', () => {
  test('crashes the service, which restarts with exponential backoff and restores its state', async () => {
    const telemetry = createPrometheus();
    const clock = new VirtualClock();
    const starts: number[] = [];
    const crash = failing(3, DEFECT);
    const service = reactorService({
      name: 'collector',
      reactsTo: ['CollectionRequested'],
      stateFrom: ['PageCollected'],
      start() {
        starts.push(clock.now());
        let pages = 0;
        return {
          evolve() {
            pages += 1;
          },
          on: {
            CollectionRequested({ subject, data: { source } }) {
              if (source === 'crash') crash();
              return [page(subject, pages + 1)];
            },
          },
        };
      },
    });
    await using services = await startInVirtualTime([service, sealer], { telemetry, clock, restarts: 3 });
    await services.publish(collection('c'), collection('c'), collection('c', 'crash'), collection('c'));
    expect(starts).toHaveLength(4);
    for (const [i, interval] of intervals(starts).entries())
      expect(interval).toBeGreaterThanOrEqual(100 * 2 ** i);
    expect((await services.all('PageCollected')).map(({ data }) => data.page)).toEqual([1, 2, 3, 4]);
    expect(await pagesOf(services)).toEqual(['c 1', 'c 2', 'c 3', 'c 4']);
    expect((await telemetry.scrape()).text).toContain(
      'epochlog_service_restarts_total{service="collector"} 3\n',
    );
    expect(services.host.status()).toMatchObject([
      { name: 'collector', state: 'running', crashes: 3, lastError: 'a defect' },
      { name: 'sealer', state: 'running', crashes: 0, lastError: null },
    ]);
  });

  test('does not count towards the limit when the service committed since the last one', async () => {
    const left = new Set(['a', 'b', 'c']);
    const service = collector(({ subject }) => {
      if (left.delete(subject)) throw DEFECT;
      return [page(subject, 1)];
    });
    await using services = await startInVirtualTime([service], { restarts: 1 });
    await services.publish(collection('a'), collection('b'), collection('c'));
    expect(await pagesOf(services)).toEqual(['a 1', 'b 1', 'c 1']);
    expect(left.size).toBe(0);
  });

  test('stops the service at the limit and rejects all waiting calls; other services go on', async () => {
    let attempts = 0;
    const service = collector(() => {
      attempts += 1;
      throw DEFECT;
    });
    await using services = await startInVirtualTime([service, sealer], { restarts: 2 });
    await expect(services.publish(collection('a'))).rejects.toBe(DEFECT);
    expect(attempts).toBe(3);
    const { host } = services;
    expect(host.failed.aborted).toBe(true);
    expect(host.failed.reason).toBe(DEFECT);
    await expect(host.ready()).rejects.toBe(DEFECT);
    await expect(host.settled(['collector'])).rejects.toBe(DEFECT);
    await services.publisher.publish([collection('b')]);
    await eventually(async () =>
      (await services.all('DatasetRefused')).some(({ subject }) => subject === 'b') ? true : undefined,
    );
    expect(host.status().map(({ name, state, crashes }) => [name, state, crashes])).toEqual([
      ['collector', 'stopped', 3],
      ['sealer', 'running', 0],
    ]);
    expect(attempts).toBe(3);
  });

  test('when the service starts counts like any other', async () => {
    const crash = failing(2, DEFECT);
    const service: Service = {
      ...sealer,
      start(context) {
        crash();
        return sealer.start(context);
      },
    };
    await expect(startInVirtualTime([service], { restarts: 1 })).rejects.toBe(DEFECT);
    await using services = await startInVirtualTime([service]);
    await services.publish(collection('a'));
    expect(await services.all('DatasetRefused')).toHaveLength(1);
  });
});

test('services survive an unreachable log', async () => {
  const faults = { beforeCommitted: failing(3, new EpochlogError('LOG_UNAVAILABLE', 'no log for now')) };
  await using services = await startInVirtualTime([sealer], { faults, restarts: 3 });
  await services.publish(collection('a'));
  expect(await services.all('DatasetRefused')).toHaveLength(1);
});
