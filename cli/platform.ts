import { hostname } from 'node:os';
import { readSettings } from '../infra/config/config.ts';
import type { Config } from '../infra/config/schema.ts';
import { lockHome, openHome } from '../infra/home.ts';
import { openServer } from '../infra/http/server.ts';
import { startInference } from '../infra/inference/inference.ts';
import { createPrometheus } from '../infra/telemetry/prometheus.ts';
import { namedQueries } from '../infra/warehouse/named.ts';
import { PROJECTIONS } from '../infra/warehouse/projections.ts';
import { EpochlogError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { NamedQuery, Warehouse } from '../kernel/ports/warehouse.ts';
import type { Instrumentation } from '../kernel/publisher.ts';
import { type Host, startHost } from '../kernel/runtime/host.ts';
import type { Service } from '../kernel/service.ts';
import type { Store } from '../operations/session.ts';
import type { Reach } from './adapters/log.ts';
import { openTracer } from './adapters/tracing.ts';
import { noWarehouse, openWarehouse } from './adapters/warehouse.ts';
import { rejection } from './interrupt.ts';
import { createLogger } from './logger.ts';
import { prepareProjections } from './projections.ts';
import { openStore } from './store.ts';
import { reminder, untilAnswered } from './wait-for-backends.ts';

/** How long what is under way may take to end when the platform closes; then the connections to servers are cut. */
const CLOSE_PATIENCE_MS = 5_000;

/** Services at work in this process, and the HTTP API. */
export interface Platform {
  store: Store;
  warehouse: Warehouse;
  query: NamedQuery;
  host: Host;
  /** base URL of the HTTP API */
  url: string;
  /** Lets the services end what they are in. What servers do not answer within some seconds is given up. */
  close(): Promise<void>;
}

export interface PlatformOptions {
  services: readonly Service[];
  /** signs what the command itself appends */
  source: string;
  /** crashes of a service in a row after which the command fails; Infinity: never, and a full disk is waited for */
  maxCrashes: number;
  /** whether it waits for servers that are away */
  isPatient: boolean;
  /** when it aborts, starting ends and rejects with its reason */
  signal: AbortSignal;
}

/**
 * Starts services and resolves when they are ready. What lies in the home is used by one process at a time: HOME_LOCKED
 * when another has it. PORT_IN_USE when the API's port is taken. What has been started is closed in reverse when
 * something fails.
 */
export async function startPlatform(config: Config, options: PlatformOptions): Promise<Platform> {
  await using stack = new AsyncDisposableStack();
  const { services, signal } = options;
  await openHome(config.home);
  const logger = createLogger(config.logLevel);
  const telemetry = createPrometheus();
  const { tracer, close: closeTracer } = await openTracer(config, { telemetry, logger });
  stack.defer(closeTracer);
  const isAtHome = !config.log || (services.some(usesWarehouse) && !config.clickhouse);
  const lock = isAtHome ? await lockHome(config.home) : undefined;
  stack.defer(() => lock?.release());

  let missing = JUST_STARTED;
  const server = await openServer(config, () => missing);
  stack.defer(() => server.close());
  const remind = reminder(logger, server.url);
  const onAway = (error: EpochlogError) => {
    missing = error;
    remind(error);
  };
  const cut = new AbortController();
  const opening = { ...options, logger, instrumentation: { telemetry, tracer }, cut };
  const { store, warehouse } = stack.use(
    await (options.isPatient
      ? untilAnswered(() => openPorts(config, opening), { signal, onAway })
      : openPorts(config, opening)),
  );

  const query = await namedQueries(warehouse, PROJECTIONS);
  const inference = startInference({ logger });
  stack.defer(() => inference.close());
  const { log, codec, events, artifacts } = store;
  const host = startHost(services, {
    log,
    codec,
    shared: {
      events,
      artifacts,
      inference,
      warehouse,
      query,
      clock: Date.now,
      instance: instanceOf(config),
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
    if (services.some(usesWarehouse)) await warehouse.ping();
  };
  await server.serve({ config, services, host, telemetry, logger, ready });
  stack.defer(() => server.close()); // first: requests need the rest
  stack.defer(() => void setTimeout(() => cut.abort(), CLOSE_PATIENCE_MS).unref());
  signal.throwIfAborted();
  await Promise.race([host.ready(), rejection(signal)]);
  await lock?.publish({ url: server.url });
  const started = stack.move();
  return { store, warehouse, query, host, url: server.url, close: () => started.disposeAsync() };
}

/** A home is used by one process at a time; on a cluster there are others. */
function instanceOf({ instance, log, port }: Config): string {
  if (instance !== undefined) return instance;
  if (!log) return 'embedded';
  return port === 0 ? hostname() : `${hostname()}:${port}`;
}

const JUST_STARTED = new EpochlogError(
  'LOG_UNAVAILABLE',
  'this process has just started and connects to its servers',
);

const usesWarehouse = (service: Service): boolean => service.usesWarehouse === true;

interface Opening extends PlatformOptions {
  logger: Logger;
  instrumentation: Partial<Instrumentation>;
  /** cuts the connections that are made here */
  cut: AbortController;
}

/** What services need of servers, or of the home. */
interface Ports extends AsyncDisposable {
  store: Store;
  warehouse: Warehouse;
}

/** Opens all of it or nothing. While it does, there is nothing that could not be cut: the signal does so. */
async function openPorts(config: Config, opening: Opening): Promise<Ports> {
  const { services, source, logger, instrumentation, isPatient: atOnce, signal, cut } = opening;
  await using stack = new AsyncDisposableStack();
  const abandon = () => cut.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', abandon);
  using _ = { [Symbol.dispose]: () => signal.removeEventListener('abort', abandon) };
  const { paths } = await openHome(config.home);
  const reach: Reach = { signal: cut.signal, atOnce };
  const store = await openStore(config, source, instrumentation, reach);
  stack.defer(() => store.close());
  if (!services.some(usesWarehouse)) return { store, warehouse: noWarehouse(), ...owned(stack) };
  const warehouse = await openWarehouse(config, paths.warehouse, logger, cut.signal);
  stack.defer(() => warehouse.close());
  await prepareProjections(config, { warehouse, events: store.events });
  return { store, warehouse, ...owned(stack) };
}

function owned(stack: AsyncDisposableStack): AsyncDisposable {
  const opened = stack.move();
  return { [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
