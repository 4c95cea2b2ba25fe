import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../cli/store.ts';
import { readConfig, readSettings } from '../../infra/config/config.ts';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { namedQueries } from '../../infra/warehouse/named.ts';
import type { Inference } from '../../kernel/ports/inference.ts';
import { NO_TRACER } from '../../kernel/ports/tracer.ts';
import type { NamedQuery, Warehouse } from '../../kernel/ports/warehouse.ts';
import type { Service } from '../../kernel/service.ts';
import type { Store } from '../../operations/session.ts';
import type { NewEvent } from '../../schemas/catalogue.ts';
import { absent, type Runtime, type RuntimeOptions, startOn } from './runtime.ts';

const PROJECTIONS = join(import.meta.dirname, '../../projections');

export interface ServicesOptions extends RuntimeOptions {
  /** the log and the artifacts, if they are open already; the caller closes them */
  store?: Store;
  /** the data folder; without it a new one, which is removed at the end */
  home?: string;
  /** configuration and settings, as they stand in the environment: EPOCHLOG_CURATOR_MIN_WORDS … */
  environment?: Readonly<Record<string, string>>;
  /** ports that the services need beside the log and the artifacts; the caller closes them */
  warehouse?: Warehouse;
  inference?: Inference;
}

/** Running services on a real log and real artifacts. `await using` stops them and closes everything. */
export interface ServicesUnderTest extends Store, Runtime<NewEvent>, AsyncDisposable {
  home: string;
}

/** Starts services, and resolves when all have restored their state. */
export async function startServices(
  services: readonly Service[],
  options: ServicesOptions = {},
): Promise<ServicesUnderTest> {
  await using stack = new AsyncDisposableStack();
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'epochlog-')));
  if (options.home === undefined) stack.defer(() => rm(home, { recursive: true, force: true }));
  const { telemetry = createPrometheus(), tracer = NO_TRACER, environment = {} } = options;
  const config = readConfig({ home }, environment);
  const store = options.store ?? (await openStore(config, 'test', { telemetry, tracer }));
  if (!options.store) stack.defer(() => store.close());
  const ports = {
    artifacts: store.artifacts,
    warehouse: options.warehouse ?? (absent('warehouse') as Warehouse),
    inference: options.inference ?? (absent('inference') as Inference),
    query: options.warehouse
      ? await namedQueries(options.warehouse, PROJECTIONS)
      : (absent('query') as NamedQuery),
    settingsOf: (service: Service) => readSettings(service, environment),
  };
  const runtime = await startOn<NewEvent>(store, services, ports, { ...options, telemetry });
  stack.defer(() => runtime.host.stop());
  const started = stack.move();
  return {
    ...store,
    ...runtime,
    home,
    close: () => started.disposeAsync(),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
