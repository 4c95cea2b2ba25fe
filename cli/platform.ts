import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../infra/config/config.ts';
import type { Config } from '../infra/config/schema.ts';
import { type Holder, type HomeLock, lockHome, openHome, pathsOf } from '../infra/home.ts';
import { openAccess } from '../infra/http/access/open.ts';
import { openServer } from '../infra/http/server.ts';
import { startInference } from '../infra/inference/inference.ts';
import { openScratch } from '../infra/scratch.ts';
import { openSpool } from '../infra/spool/spool.ts';
import { codeDigest } from '../infra/states/code.ts';
import { openStates } from '../infra/states/sqlite.ts';
import { createPrometheus } from '../infra/telemetry/prometheus.ts';
import { namedQueries } from '../infra/warehouse/named.ts';
import { PROJECTIONS } from '../infra/warehouse/projections.ts';
import { SYSTEM_CLOCK } from '../kernel/clock.ts';
import { EpochlogError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { EventLog } from '../kernel/ports/log.ts';
import type { NamedQuery, Warehouse } from '../kernel/ports/warehouse.ts';
import type { Instrumentation } from '../kernel/publisher.ts';
import { type Host, startHost } from '../kernel/runtime/host.ts';
import type { Service } from '../kernel/service.ts';
import type { Store } from '../operations/session.ts';
import type { ConnectOptions } from './adapters/log.ts';
import { openTracer } from './adapters/tracing.ts';
import { noWarehouse, openWarehouse } from './adapters/warehouse.ts';
import { rejection } from './interrupt.ts';
import { lockForServices } from './lock.ts';
import { createLogger } from './logger.ts';
import { prepareProjections } from './projections.ts';
import { openStore } from './store.ts';
import { reminder, waitForBackends } from './wait-for-backends.ts';

/** How long reactions may take to end when the platform closes; then connections to servers are closed. */
const CLOSE_TIMEOUT_MS = 5_000;

const MiB = 1 << 20;

/** The running services of this process, and the HTTP API. */
export interface Platform {
  store: Store;
  warehouse: Warehouse;
  query: NamedQuery;
  host: Host;
  /** base URL of the HTTP API */
  url: string;
  /** Stops the services after their current reactions. Requests that servers do not answer in time are aborted. */
  close(): Promise<void>;
}

export interface PlatformOptions {
  /** the services to start; they are loaded while ClickHouse starts */
  loadServices(): Promise<readonly Service[]>;
  /** whether any of them does */
  usesWarehouse: boolean;
  /** `ce_source` of the events that the command itself appends */
  source: string;
  /** consecutive crashes of a service after which the command fails; Infinity: never, and it waits for disk space */
  maxCrashes: number;
  /** waits for a command that uses the home, and tells of it; without it the services are those of a command themselves */
  onWaitForCommand?: ((holder: Holder) => void) | undefined;
  /** whether starting waits for unreachable servers */
  waitsForBackends: boolean;
  /** whether the API is made for its first request only, as most commands make none */
  apiOnDemand: boolean;
  /** whether they run beside those of a home, such as a second predictor: they lock nothing */
  isBeside?: boolean;
  /** whether other processes may join: not when some services are left out */
  isJoinable: boolean;
  /** when it aborts, starting ends and rejects with its reason */
  signal: AbortSignal;
}

/**
 * Starts services and resolves when they are ready. HOME_LOCKED when another process uses the home, PORT_IN_USE when
 * the port of the API is taken. On an error, what was started is closed in reverse order.
 */
export async function startPlatform(config: Config, options: PlatformOptions): Promise<Platform> {
  await using stack = new AsyncDisposableStack();
  const { signal, usesWarehouse } = options;
  let missing = JUST_STARTED;
  const openPort = async () => {
    const server = await openServer(config, () => missing);
    stack.defer(() => server.close());
    return server;
  };
  // a port in use leaves no new data folder behind; of a folder in use it is told before its port, which is in use too
  const early = existsSync(config.home) ? undefined : await openPort();
  await openHome(config.home);
  const logger = createLogger(config.logLevel);
  const telemetry = createPrometheus();
  const { tracer, close: closeTracer } = await openTracer(config, { telemetry, logger });
  stack.defer(closeTracer);
  const isAtHome = !config.log || (usesWarehouse && !config.clickhouse);
  const lock = isAtHome && !options.isBeside ? await lockOf(config.home, options) : undefined;
  stack.defer(() => lock?.release());

  const server = early ?? (await openPort());
  const remind = reminder(logger, server.url);
  const onUnreachable = (error: EpochlogError) => {
    missing = error;
    remind(error);
  };
  const connections = new AbortController();
  const forked = Promise.withResolvers<void>();
  const instrumentation = { telemetry, tracer };
  const opening = { ...options, logger, instrumentation, connections, onForked: forked.resolve };
  const opened = options.waitsForBackends
    ? waitForBackends(() => openPorts(config, opening), { signal, onUnreachable })
    : openPorts(config, opening);
  // ClickHouse starts in a process of its own, which takes as long as loading the services here
  const loading = Promise.race([forked.promise, opened.catch(() => {})]).then(async () => {
    const services = await options.loadServices();
    if (!options.apiOnDemand) {
      await import('../infra/http/app.ts');
      await Promise.all(services.map((service) => service.loadRoutes?.()));
    }
    return { services, code: codeDigest() };
  });
  const [ports, loaded] = await Promise.allSettled([opened, loading]);
  if (ports.status === 'fulfilled') stack.use(ports.value);
  const { store, warehouse } = settled(ports);
  const { services, code } = settled(loaded);

  const query = await namedQueries(warehouse, PROJECTIONS);
  const inference = startInference({ logger, ...inferenceLimits(config) });
  stack.defer(() => inference.close());
  const { log, codec, events, artifacts } = store;
  const states = openStates(statesFolder(config), code, logger);
  stack.defer(() => states.close());
  const spool = services.some(({ usesSpool }) => usesSpool) ? await spoolOf(config, log, logger) : undefined;
  stack.defer(() => spool?.close());
  const host = startHost(services, {
    log,
    codec,
    states,
    ...(spool && { spool }),
    shared: {
      events,
      artifacts,
      scratch: openScratch(pathsOf(config.home).scratch),
      inference,
      warehouse,
      query,
      clock: SYSTEM_CLOCK,
      instance: instanceOf(config, options),
      logger,
      telemetry,
      tracer,
    },
    settingsOf: readSettings,
    maxCrashes: options.maxCrashes,
    waitsForDiskSpace: options.maxCrashes === Number.POSITIVE_INFINITY,
  });
  stack.defer(() => host.stop());
  const ready = async () => {
    if (usesWarehouse) await warehouse.ping();
  };
  const open = (closed: AbortSignal) => openAccess({ config, events, logger }, closed);
  const api = { config, services, host, telemetry, logger, ready, openAccess: open };
  if (options.apiOnDemand) server.serveOnDemand(api);
  else await server.serve(api);
  stack.defer(() => server.close()); // first: requests need the rest
  stack.defer(() => void setTimeout(() => connections.abort(), CLOSE_TIMEOUT_MS).unref());
  signal.throwIfAborted();
  await Promise.race([host.ready(), rejection(signal)]);
  if (options.isJoinable) await lock?.publish({ url: server.url });
  const started = stack.move();
  return { store, warehouse, query, host, url: server.url, close: () => started.disposeAsync() };
}

const lockOf = (home: string, { signal, onWaitForCommand: onWait }: PlatformOptions): Promise<HomeLock> =>
  onWait ? lockForServices(home, { signal, onWait }) : lockHome(home, { isStarting: true, isCommand: true });

/** States name positions, so a log in Kafka has its own, also in the home that it was migrated from. */
function statesFolder({ home, log }: Config): string {
  const { states } = pathsOf(home);
  return log ? `${states}-of-kafka` : states;
}

/** The embedded log is on this machine itself. */
async function spoolOf({ home, log: brokers, spoolMb }: Config, log: EventLog, logger: Logger) {
  if (!brokers) return undefined;
  return openSpool({ folder: join(home, 'spool'), log, maxBytes: spoolMb * MiB, logger });
}

const inferenceLimits = ({ inferenceTimeoutMs, inferenceRuns, inferenceMb }: Config) => ({
  timeoutMs: inferenceTimeoutMs,
  maxLife: inferenceRuns,
  maxGrowth: inferenceMb * MiB,
});

/** One process at a time runs the services of a home; on a cluster and beside it, instances need names. */
function instanceOf({ instance, log, port }: Config, { isBeside = false }: PlatformOptions): string {
  if (instance !== undefined) return instance;
  if (!log && !isBeside) return 'embedded';
  return port === 0 ? hostname() : `${hostname()}:${port}`;
}

const JUST_STARTED = new EpochlogError(
  'LOG_UNAVAILABLE',
  'this process is starting, and connecting to its servers',
);

interface Opening extends PlatformOptions {
  logger: Logger;
  instrumentation: Partial<Instrumentation>;
  /** aborts the connections to servers */
  connections: AbortController;
  /** called when the process of ClickHouse begins, or there will be none */
  onForked(): void;
}

/** The backends of the services. */
interface Ports extends AsyncDisposable {
  store: Store;
  warehouse: Warehouse;
}

/** Opens all backends or none. Until then the signal also aborts the connections. */
async function openPorts(config: Config, opening: Opening): Promise<Ports> {
  const { source, logger, instrumentation, waitsForBackends: failFast, signal } = opening;
  const { connections, onForked } = opening;
  await using stack = new AsyncDisposableStack();
  const abandon = () => connections.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', abandon);
  using _ = { [Symbol.dispose]: () => signal.removeEventListener('abort', abandon) };
  const { paths } = await openHome(config.home);
  const connect: ConnectOptions = { signal: connections.signal, failFast };
  const { signal: closed } = connections;
  if (!opening.usesWarehouse) onForked();
  const [opened, stored] = await Promise.allSettled([
    opening.usesWarehouse
      ? openWarehouse(config, paths.warehouse, logger, { signal: closed, onForked })
      : noWarehouse(),
    openStore(config, source, instrumentation, connect),
  ]);
  for (const result of [opened, stored])
    if (result.status === 'fulfilled') stack.defer(() => result.value.close());
  const store = settled(stored); // its error first: the log and its schemas are missed before the warehouse
  const warehouse = settled(opened);
  if (opening.usesWarehouse) await prepareProjections(config, { warehouse, events: store.events });
  return { store, warehouse, ...owned(stack) };
}

/** @throws what it was rejected with */
function settled<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

function owned(stack: AsyncDisposableStack): AsyncDisposable {
  const opened = stack.move();
  return { [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
