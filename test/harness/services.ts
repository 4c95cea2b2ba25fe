import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { openStore } from '../../cli/store.ts';
import { readConfig, readSettings } from '../../infra/config/config.ts';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { namedQueries } from '../../infra/warehouse/named.ts';
import { type Clock, SYSTEM_CLOCK } from '../../kernel/clock.ts';
import type { Inference } from '../../kernel/ports/inference.ts';
import { NO_TRACER, type Tracer } from '../../kernel/ports/tracer.ts';
import type { NamedQuery, Warehouse } from '../../kernel/ports/warehouse.ts';
import { type Host, startHost } from '../../kernel/runtime/host.ts';
import type { Service } from '../../kernel/service.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import { VirtualClock } from '../../kernel/testing/virtual-clock.ts';
import type { Store } from '../../operations/session.ts';
import type { EventType, LoggedEvent, NewEvent, RecordedEvent } from '../../schemas/catalogue.ts';
import { type Faults, withFaults } from './faults.ts';

const PROJECTIONS = join(import.meta.dirname, '../../projections');

export interface ServicesOptions {
  /** the log and the artifacts, if they are open already; the caller closes them */
  store?: Store;
  /** the data folder; without it a new one, which is removed at the end */
  home?: string;
  /** configuration and settings, as they stand in the environment: EPOCHLOG_CURATOR_MIN_WORDS … */
  environment?: Readonly<Record<string, string>>;
  /** ports that the services need beside the log and the artifacts; the caller closes them */
  warehouse?: Warehouse;
  inference?: Inference;
  /** name of this process among those that run the same services */
  instance?: string;
  /** default: metrics that are not read */
  telemetry?: Telemetry;
  /** receives the spans; default none is recorded */
  tracer?: Tracer;
  /** faults injected into the log */
  faults?: Faults;
  /** default: the system clock */
  clock?: Clock;
  /** consecutive crashes of a service after which it is restarted; default none */
  restarts?: number;
  /** whether a full disk is waited for; default true */
  waitsForDiskSpace?: boolean;
}

/** Running services on a real log and real artifacts. `await using` stops them and closes everything. */
export interface ServicesUnderTest extends Store, AsyncDisposable {
  home: string;
  host: Host;
  /** Appends requests, waits until no service has lag, and returns the recorded requests. */
  publish(...events: readonly NewEvent[]): Promise<readonly RecordedEvent[]>;
  /** All events of these types so far, in the order of the log within a type's stream. */
  all<T extends EventType>(...types: readonly T[]): Promise<LoggedEvent<T>[]>;
}

/** Starts services, and resolves when all have restored their state. */
export async function startServices(
  services: readonly Service[],
  options: ServicesOptions = {},
): Promise<ServicesUnderTest> {
  await using stack = new AsyncDisposableStack();
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'epochlog-')));
  if (options.home === undefined) stack.defer(() => rm(home, { recursive: true, force: true }));
  const { telemetry = createPrometheus(), tracer = NO_TRACER } = options;
  const config = readConfig({ home }, options.environment ?? {});
  const store = options.store ?? (await openStore(config, 'test', { telemetry, tracer }));
  if (!options.store) stack.defer(() => store.close());
  const { log, codec, events, artifacts, publisher } = store;
  const { warehouse = absent('warehouse') as Warehouse, inference = absent('inference') as Inference } =
    options;
  const query = options.warehouse
    ? await namedQueries(options.warehouse, PROJECTIONS)
    : (absent('query') as NamedQuery);
  const host = startHost(services, {
    log: withFaults(log, options.faults ?? {}),
    codec,
    shared: {
      events,
      artifacts,
      inference,
      warehouse,
      query,
      clock: options.clock ?? SYSTEM_CLOCK,
      instance: options.instance ?? 'test',
      logger: pino({ level: 'silent' }),
      telemetry,
      tracer,
    },
    settingsOf: (service) => readSettings(service, options.environment ?? {}),
    maxCrashes: (options.restarts ?? 0) + 1,
    waitsForDiskSpace: options.waitsForDiskSpace ?? true,
  });
  stack.defer(() => host.stop());
  await host.ready();
  const started = stack.move();
  return {
    ...store,
    home,
    host,
    async publish(...requests) {
      const recorded = await publisher.publish(requests);
      await host.settled();
      return recorded;
    },
    all: (...types) =>
      Array.fromAsync(events.scan(types) as AsyncIterable<LoggedEvent<(typeof types)[number]>>),
    close: () => started.disposeAsync(),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Likewise, in virtual time: retries and restarts do not wait. */
export const startInVirtualTime = (services: readonly Service[], options: ServicesOptions = {}) =>
  startServices(services, { clock: new VirtualClock(), ...options });

/** Resolves with the first value that is not undefined. */
export async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(5);
  }
}

/** A port that a test must not use: any access throws. */
function absent(name: string): object {
  const fail = () => {
    throw new Error(`this test runs without ${name}: give startServices what it needs`);
  };
  return new Proxy(fail, { get: fail });
}
