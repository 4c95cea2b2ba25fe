import { pino } from 'pino';
import { readSettings } from '../infra/config/config.ts';
import type { Config } from '../infra/config/schema.ts';
import { lockHome, openHome } from '../infra/home.ts';
import { createServer } from '../infra/http/server.ts';
import { startInference } from '../infra/inference/inference.ts';
import { createPrometheus } from '../infra/telemetry/prometheus.ts';
import { namedQueries } from '../infra/warehouse/named.ts';
import type { Logger } from '../kernel/logger.ts';
import type { NamedQuery, Warehouse } from '../kernel/ports/warehouse.ts';
import { type Host, startHost } from '../kernel/runtime/host.ts';
import { openWarehouse, PROJECTIONS, prepareProjections } from './adapters/warehouse.ts';
import { loadServices } from './services.ts';
import { openStore, type Store } from './store.ts';

/** Everything of one home at work in this process: log, warehouse, services and the HTTP API. */
export interface Platform {
  store: Store;
  warehouse: Warehouse;
  query: NamedQuery;
  host: Host;
  /** base URL of the HTTP API */
  url: string;
  close(): Promise<void>;
}

export interface PlatformOptions {
  /** signs what the command itself appends */
  source: string;
  /** crashes of a service in a row after which the command fails; Infinity: never */
  maxCrashes: number;
}

/** Logs on stderr, for people when it is a terminal. */
const createLogger = (level: string): Logger =>
  process.stderr.isTTY
    ? pino({ level, transport: { target: 'pino-pretty', options: { destination: 2 } } })
    : pino({ level }, pino.destination(2));

/**
 * Starts all services of a home and resolves when they are ready. HOME_LOCKED when another process runs them,
 * PORT_IN_USE when the API's port is taken. What has been started is closed in reverse when something fails.
 */
export async function startPlatform(config: Config, options: PlatformOptions): Promise<Platform> {
  await using stack = new AsyncDisposableStack();
  const { paths } = await openHome(config.home);
  const lock = await lockHome(config.home);
  stack.defer(() => lock.release());
  const logger = createLogger(config.logLevel);
  const store = await openStore(config, options.source);
  stack.defer(() => store.close());
  const warehouse = await openWarehouse(config, paths.warehouse, logger);
  stack.defer(() => warehouse.close());
  await prepareProjections(config, { warehouse, events: store.events });
  const query = await namedQueries(warehouse, PROJECTIONS);
  const inference = startInference({ logger });
  stack.defer(() => inference.close());
  const telemetry = createPrometheus();
  const { log, codec, events, artifacts } = store;
  const services = await loadServices();
  const host = startHost(services, {
    log,
    codec,
    shared: { events, artifacts, inference, warehouse, query, clock: Date.now, logger, telemetry },
    settingsOf: readSettings,
    maxCrashes: options.maxCrashes,
  });
  stack.defer(() => host.stop());
  const server = await createServer({
    config,
    services,
    host,
    telemetry,
    logger,
    ready: () => warehouse.ping(),
  });
  stack.defer(() => server.close());
  await host.ready();
  await lock.publish({ url: server.url });
  const started = stack.move();
  return { store, warehouse, query, host, url: server.url, close: () => started.disposeAsync() };
}
