import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../infra/config/schema.ts';
import { type Holder, lockHolder, openHome } from '../infra/home.ts';
import { namedQueries } from '../infra/warehouse/named.ts';
import { EpochlogError } from '../kernel/errors.ts';
import type { NamedQuery, Warehouse } from '../kernel/ports/warehouse.ts';
import { lagOf } from '../kernel/runtime/lag.ts';
import { openTracer } from './adapters/tracing.ts';
import { joinWarehouse, PROJECTIONS } from './adapters/warehouse.ts';
import { onInterrupt } from './interrupt.ts';
import { startPlatform } from './platform.ts';
import { loadServices } from './services.ts';
import { openStore, type Store } from './store.ts';

/** The services at work, in this process or in that of a running `epochlog up`. */
export interface Session extends Store {
  config: Config;
  warehouse: Warehouse;
  /** rows of a named query of projections/, `<question>/<name>` */
  query: NamedQuery;
  /** base URL of the HTTP API */
  url: string;
  /** resolves when all services (but those excepted) have reacted to everything and nothing more follows */
  quiet(except?: readonly string[]): Promise<void>;
  /** aborts when a person interrupts or the services are given up; its reason is the error to report */
  signal: AbortSignal;
}

const QUIET_INTERVAL_MS = 20;
const HOLDER_INTERVAL_MS = 250;
/** a command's own services: three crashes at the same event are not going to pass */
const MAX_CRASHES = 3;

/**
 * Runs a command against the services of a home: those of `epochlog up` when it is running there, else its own,
 * which it starts before and stops after.
 */
export async function withSession<T>(config: Config, command: (session: Session) => Promise<T>): Promise<T> {
  using interrupt = onInterrupt();
  try {
    const holder = await lockHolder(config.home);
    await using session = await (holder?.url
      ? joinSession(config, { ...holder, url: holder.url }, interrupt.signal)
      : ownSession(config, interrupt.signal));
    session.signal.throwIfAborted();
    return await Promise.race([command(session), rejection(session.signal)]);
  } catch (error) {
    interrupt.signal.throwIfAborted(); // whatever else breaks then follows from it
    throw error;
  }
}

const rejection = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

async function ownSession(config: Config, interrupted: AbortSignal): Promise<Session & AsyncDisposable> {
  const platform = await startPlatform({ ...config, port: 0 }, { source: 'cli', maxCrashes: MAX_CRASHES });
  const { store, warehouse, url, host } = platform;
  return {
    ...store,
    config,
    warehouse,
    url,
    query: platform.query,
    quiet: (except) => host.settled(except),
    signal: AbortSignal.any([interrupted, host.failed]),
    [Symbol.asyncDispose]: () => platform.close(),
  };
}

async function joinSession(
  config: Config,
  holder: Required<Holder>,
  interrupted: AbortSignal,
): Promise<Session & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const ended = stack.use(endOf(holder, config.home));
  const signal = AbortSignal.any([interrupted, ended.signal]);
  const { tracer, close: closeTracer } = await openTracer(config);
  stack.defer(closeTracer);
  const store = await openStore(config, 'cli', { tracer });
  stack.defer(() => store.close());
  const { paths } = await openHome(config.home);
  const warehouse = await joinWarehouse(config, paths.warehouse);
  stack.defer(() => warehouse.close());
  const services = await loadServices();
  const query = await namedQueries(warehouse, PROJECTIONS);
  const opened = stack.move();
  return {
    ...store,
    config,
    warehouse,
    url: holder.url,
    query,
    signal,
    async quiet(except = []) {
      const awaited = services.filter(({ name }) => !except.includes(name));
      const lag = async () =>
        [...(await lagOf(awaited, store.log)).values()].reduce((sum, records) => sum + records, 0);
      while ((await lag()) > 0) await sleep(QUIET_INTERVAL_MS, undefined, { signal });
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** A signal that aborts when the process that runs the services of a home has ended: nothing more will come of it. */
function endOf({ pid }: Holder, home: string): { signal: AbortSignal; [Symbol.dispose](): void } {
  const ended = new AbortController();
  const timer = setInterval(async () => {
    if ((await lockHolder(home))?.pid === pid) return;
    const message = `process ${pid}, which ran the services, has ended; what was asked of it happens at the next start`;
    ended.abort(new EpochlogError('INTERRUPTED', message));
  }, HOLDER_INTERVAL_MS);
  return { signal: ended.signal, [Symbol.dispose]: () => clearInterval(timer) };
}
