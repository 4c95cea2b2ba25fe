import { describe, expect, test } from 'vitest';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { failing } from '../../test/harness/faults.ts';
import { type OrderServices, startInVirtualTime } from '../../test/harness/orders.ts';
import { EpochlogError } from '../errors.ts';
import { NO_LOGGER } from '../logger.ts';
import { newOrderEvent, order, shipped } from '../testing/orders.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { deciderService, KINDS, reactorService, type Service, warehouse } from '../testing/warehouse.ts';

const DEFECT = new Error('a defect');
const parcelsOf = async (services: OrderServices) =>
  (await services.all('OrderShipped')).map(({ subject, sequence }) => `${subject} ${sequence}`);

/** Refuses a restock for every order, whatever happens to others. */
const supplier: Service = deciderService({
  name: 'supplier',
  reactsTo: ['OrderPlaced'],
  stateFrom: [],
  decider: () => ({
    initialState: () => null,
    decide: (_, { subject }) => [newOrderEvent('RestockRefused', { item: subject })],
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
      return [shipped(subject, 1)];
    });
    await using services = await startInVirtualTime([service], { telemetry, clock });
    await services.publish(order('a'), order('b'), order('c'));
    expect(attempts).toEqual(['a', 'b', 'b', 'b', 'b', 'c']);
    expect(intervals(times.slice(1, -1))).toEqual([50, 100, 200]);
    expect(await parcelsOf(services)).toEqual(['a 1', 'b 1', 'c 1']);
    const { text } = await telemetry.scrape();
    expect(text).toContain('epochlog_retries_total{service="warehouse",code="OVERLOADED"} 3\n');
    expect(text).not.toContain('epochlog_dead_letters_total{');
    expect(text).not.toContain('epochlog_service_restarts_total{');
  });
});

describe.each(KINDS)('a full disk', (kind, make) => {
  test(`ends a command that runs ${kind} with DISK_FULL, after some attempts, and no log line repeats it`, async () => {
    let attempts = 0;
    const logged: unknown[] = [];
    const log = (...line: unknown[]) => void logged.push(line);
    const faults = {
      beforeCommit() {
        attempts += 1;
        throw new EpochlogError('DISK_FULL', 'no room');
      },
    };
    const service = make(({ subject }) => [shipped(subject, 1)]);
    await using services = await startInVirtualTime([service], {
      faults,
      restarts: 2,
      waitsForDiskSpace: false,
      logger: { ...NO_LOGGER, info: log, warn: log, error: log },
    });
    await expect(services.publish(order('a'))).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(attempts).toBe(3);
    expect(services.host.status()).toMatchObject([{ crashes: 3, lastError: 'no room' }]);
    expect(logged).toEqual([]);
  });
});

describe('an error that is not in the table', () => {
  test('crashes the service, which restarts with exponential backoff and restores its state', async () => {
    const telemetry = createPrometheus();
    const clock = new VirtualClock();
    const starts: number[] = [];
    const crash = failing(3, DEFECT);
    const service = reactorService({
      name: 'warehouse',
      reactsTo: ['OrderPlaced'],
      stateFrom: ['OrderShipped'],
      start() {
        starts.push(clock.now());
        let parcels = 0;
        return {
          evolve() {
            parcels += 1;
          },
          on: {
            OrderPlaced({ subject, data: { note } }) {
              if (note === 'crash') crash();
              return [shipped(subject, parcels + 1)];
            },
          },
        };
      },
    });
    await using services = await startInVirtualTime([service, supplier], { telemetry, clock, restarts: 3 });
    await services.publish(order('c'), order('c'), order('c', 'crash'), order('c'));
    expect(starts).toHaveLength(4);
    for (const [i, interval] of intervals(starts).entries())
      expect(interval).toBeGreaterThanOrEqual(100 * 2 ** i);
    expect((await services.all('OrderShipped')).map(({ data }) => data.parcel)).toEqual([1, 2, 3, 4]);
    expect(await parcelsOf(services)).toEqual(['c 1', 'c 2', 'c 3', 'c 4']);
    expect((await telemetry.scrape()).text).toContain(
      'epochlog_service_restarts_total{service="warehouse"} 3\n',
    );
    expect(services.host.status()).toMatchObject([
      { name: 'warehouse', state: 'running', crashes: 3, lastError: 'a defect' },
      { name: 'supplier', state: 'running', crashes: 0, lastError: null },
    ]);
  });

  test('does not count towards the limit when the service committed since the last one', async () => {
    const left = new Set(['a', 'b', 'c']);
    const service = warehouse(({ subject }) => {
      if (left.delete(subject)) throw DEFECT;
      return [shipped(subject, 1)];
    });
    await using services = await startInVirtualTime([service], { restarts: 1 });
    await services.publish(order('a'), order('b'), order('c'));
    expect(await parcelsOf(services)).toEqual(['a 1', 'b 1', 'c 1']);
    expect(left.size).toBe(0);
  });

  test('stops the service at the limit and rejects all waiting calls; other services go on', async () => {
    let attempts = 0;
    const service = warehouse(() => {
      attempts += 1;
      throw DEFECT;
    });
    await using services = await startInVirtualTime([service, supplier], { restarts: 2 });
    await expect(services.publish(order('a'))).rejects.toBe(DEFECT);
    expect(attempts).toBe(3);
    const { host } = services;
    expect(host.failed.aborted).toBe(true);
    expect(host.failed.reason).toBe(DEFECT);
    await expect(host.ready()).rejects.toBe(DEFECT);
    await expect(host.settled(['warehouse'])).rejects.toBe(DEFECT);
    await services.publisher.publish([order('b')]);
    await eventually(async () =>
      (await services.all('RestockRefused')).some(({ subject }) => subject === 'b') ? true : undefined,
    );
    expect(host.status().map(({ name, state, crashes }) => [name, state, crashes])).toEqual([
      ['warehouse', 'stopped', 3],
      ['supplier', 'running', 0],
    ]);
    expect(attempts).toBe(3);
  });

  test('when the service starts counts like any other', async () => {
    const crash = failing(2, DEFECT);
    const service: Service = {
      ...supplier,
      start(context) {
        crash();
        return supplier.start(context);
      },
    };
    await expect(startInVirtualTime([service], { restarts: 1 })).rejects.toBe(DEFECT);
    await using services = await startInVirtualTime([service]);
    await services.publish(order('a'));
    expect(await services.all('RestockRefused')).toHaveLength(1);
  });
});

test('services survive an unreachable log', async () => {
  const faults = { beforeCommitted: failing(3, new EpochlogError('LOG_UNAVAILABLE', 'no log for now')) };
  await using services = await startInVirtualTime([supplier], { faults, restarts: 3 });
  await services.publish(order('a'));
  expect(await services.all('RestockRefused')).toHaveLength(1);
});
