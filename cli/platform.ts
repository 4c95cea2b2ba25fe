import { readSettings } from '../infra/config/config.ts';
import type { Config } from '../infra/config/schema.ts';
import { lockHome, openHome } from '../infra/home.ts';
import { createServer } from '../infra/http/server.ts';
import { startInference } from '../infra/inference/inference.ts';
import { createPrometheus } from '../infra/telemetry/prometheus.ts';
import { namedQueries } from '../infra/warehouse/named.ts';
import type { NamedQuery, Warehouse } from '../kernel/ports/warehouse.ts';
import { type Host, startHost } from '../kernel/runtime/host.ts';
import type { Service } from '../kernel/service.ts';
import { openTracer } from './adapters/tracing.ts';
import { noWarehouse, openWarehouse, PROJECTIONS } from './adapters/warehouse.ts';
import { createLogger } from './logger.ts';
import { prepareProjections } from './projections.ts';
import { openStore, type Store } from './store.ts';

/** Services at work in this process, and the HTTP API. */
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
  services: readonly Service[];
  /** signs what the command itself appends */
  source: string;
  /** crashes of a service in a row after which the command fails; Infinity: never */
  maxCrashes: number;
}

/**
 * Starts services and resolves when they are ready. What lies in the home is used by one process at a time: HOME_LOCKED
 * when another has it. PORT_IN_USE when the API's port is taken. What has been started is closed in reverse when
 * something fails.
 */
export async function startPlatform(config: Config, options: PlatformOptions): Promise<Platform> {
  await using stack = new AsyncDisposableStack();
  const { services } = options;
  const { paths } = await openHome(config.home);
  const logger = createLogger(config.logLevel);
  const telemetry = createPrometheus();
  const { tracer, close: closeTracer } = await openTracer(config, { telemetry, logger });
  stack.defer(closeTracer);
  const usesWarehouse = services.some((service) => service.usesWarehouse);
  const isAtHome = !config.log || (usesWarehouse && !config.clickhouse);
  const lock = isAtHome ? await lockHome(config.home) : undefined;
  stack.defer(() => lock?.release());
  const store = await openStore(config, options.source, { telemetry, tracer });
  stack.defer(() => store.close());
  const warehouse = usesWarehouse ? await openWarehouse(config, paths.warehouse, logger) : noWarehouse();
  stack.defer(() => warehouse.close());
  if (usesWarehouse) await prepareProjections(config, { warehouse, events: store.events });
  const query = await namedQueries(warehouse, PROJECTIONS);
  const inference = startInference({ logger });
  stack.defer(() => inference.close());
  const { log, codec, events, artifacts } = store;
  const host = startHost(services, {
    log,
    codec,
    shared: { events, artifacts, inference, warehouse, query, clock: Date.now, logger, telemetry, tracer },
    settingsOf: readSettings,
    maxCrashes: options.maxCrashes,
  });
  stack.defer(() => host.stop());
  const ready = async () => {
    if (usesWarehouse) await warehouse.ping();
  };
  const server = await createServer({ config, services, host, telemetry, logger, ready });
  stack.defer(() => server.close());
  await host.ready();
  await lock?.publish({ url: server.url });
  const started = stack.move();
  return { store, warehouse, query, host, url: server.url, close: () => started.disposeAsync() };
}
