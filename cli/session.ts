import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../infra/config/schema.ts';
import { type Holder, lockHolder, openExistingHome, pathsOf } from '../infra/home.ts';
import { namedQueries } from '../infra/warehouse/named.ts';
import { PROJECTIONS } from '../infra/warehouse/projections.ts';
import { EpochlogError } from '../kernel/errors.ts';
import { LagCheck } from '../kernel/runtime/lag.ts';
import type { Session } from '../operations/session.ts';
import { CATALOGUE } from '../schemas/catalogue.ts';
import { openTracer } from './adapters/tracing.ts';
import { joinWarehouse } from './adapters/warehouse.ts';
import { post } from './http.ts';
import { onInterrupt, rejection } from './interrupt.ts';
import { loadServices } from './services.ts';
import { openStore } from './store.ts';
import { warehouseWatch } from './warehouse-watch.ts';

const QUIET_INTERVAL_MS = 20;
const HOLDER_INTERVAL_MS = 250;
const STARTING_INTERVAL_MS = 50;
/** how long a command waits for a process that is starting the services of its home */
const STARTING_TIMEOUT_MS = 30_000;
/** services that a command starts itself: after three crashes in a row it fails */
const MAX_CRASHES = 3;

/**
 * Runs a command with running services: those at EPOCHLOG_API, those of a running `epochlog up` on the same home, else
 * its own, which it starts before and stops after. NOT_FOUND when the home has no log yet.
 */
export async function withSession<T>(config: Config, command: (session: Session) => Promise<T>): Promise<T> {
  if (!config.log) await openExistingHome(config.home);
  return run(config, command);
}

/**
 * The same, for a command that reads the projections and needs nothing else to be done: of its own services it starts the
 * projector alone, in half of the time.
 */
export async function withProjections<T>(
  config: Config,
  command: (session: Session) => Promise<T>,
): Promise<T> {
  if (!config.log) await openExistingHome(config.home);
  return run(config, command, ['projector']);
}

/** As `withSession`, for a command that may create the home. */
export async function withSessionOrNewHome<T>(
  config: Config,
  command: (session: Session) => Promise<T>,
): Promise<T> {
  return run(config, command);
}

async function run<T>(
  config: Config,
  command: (session: Session) => Promise<T>,
  only?: readonly string[],
): Promise<T> {
  using interrupt = onInterrupt();
  try {
    await using session = await openSession(config, interrupt.signal, only);
    session.signal.throwIfAborted();
    return await Promise.race([command(session), rejection(session.signal)]);
  } catch (error) {
    interrupt.signal.throwIfAborted(); // other errors then follow from the interrupt
    throw error;
  }
}

/** Joins running services, by the configuration or the home; else starts them in this process. */
async function openSession(
  config: Config,
  interrupted: AbortSignal,
  only?: readonly string[],
): Promise<Session & AsyncDisposable> {
  if (config.api) return joinSession(config, config.api, interrupted);
  const holder = config.log ? null : await startedHolder(config.home, interrupted);
  if (holder?.url) return joinHolder(config, { ...holder, url: holder.url }, interrupted);
  try {
    return await ownSession(config, interrupted, only);
  } catch (error) {
    if (holder || !(error instanceof EpochlogError && error.code === 'HOME_LOCKED')) throw error;
    const winner = await startedHolder(config.home, interrupted); // it locked the home in the meantime
    if (!winner?.url) throw error;
    return joinHolder(config, { ...winner, url: winner.url }, interrupted);
  }
}

async function joinHolder(
  config: Config,
  holder: Holder & { url: string },
  interrupted: AbortSignal,
): Promise<Session & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const ended = stack.use(endOf(holder, config.home));
  const signal = AbortSignal.any([interrupted, ended.signal]);
  const session = stack.use(await joinSession(config, holder.url, signal));
  const opened = stack.move();
  return { ...session, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/**
 * The process that runs the services of a home, once it has started; null when there is none. When it takes long, the
 * process as it is: starting services of one's own then fails with HOME_LOCKED, which says so.
 */
async function startedHolder(home: string, signal: AbortSignal): Promise<Holder | null> {
  for (const deadline = Date.now() + STARTING_TIMEOUT_MS; ; ) {
    const holder = await lockHolder(home);
    if (!holder?.isStarting || Date.now() >= deadline) return holder;
    await sleep(STARTING_INTERVAL_MS, undefined, { signal });
  }
}

async function ownSession(
  config: Config,
  interrupted: AbortSignal,
  only?: readonly string[],
): Promise<Session & AsyncDisposable> {
  const { startPlatform } = await import('./platform.ts');
  const options = {
    loadServices: () => loadServices(only),
    usesWarehouse: true,
    source: 'cli',
    maxCrashes: MAX_CRASHES,
    waitsForBackends: false,
    apiOnDemand: true,
    isJoinable: only === undefined,
    signal: interrupted,
  };
  const platform = await startPlatform({ ...config, port: 0 }, options);
  const { store, warehouse, url, host } = platform;
  const signal = AbortSignal.any([interrupted, host.failed]);
  return {
    ...store,
    config,
    warehouse,
    url,
    query: platform.query,
    post: (path, body) => post({ url, token: config.token, signal }, path, body),
    alone: !config.log,
    quiet: (except) => host.settled(except),
    signal,
    [Symbol.asyncDispose]: () => platform.close(),
  };
}

async function joinSession(
  config: Config,
  address: string,
  signal: AbortSignal,
): Promise<Session & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const { tracer, close: closeTracer } = await openTracer(config);
  stack.defer(closeTracer);
  const store = await openStore(config, 'cli', { tracer });
  stack.defer(() => store.close());
  const warehouse = await joinWarehouse(config, pathsOf(config.home).warehouse);
  stack.defer(() => warehouse.close());
  const inLog = (await loadServices()).filter(({ runs }) => runs !== 'everywhere');
  const query = await namedQueries(warehouse, PROJECTIONS);
  const url = address.replace(/\/+$/, '');
  const opened = stack.move();
  return {
    ...store,
    config,
    warehouse,
    url,
    query,
    signal,
    post: (path, body) => post({ url, token: config.token, signal }, path, body),
    alone: false,
    async quiet(except = []) {
      const awaited = inLog.filter(({ name }) => !except.includes(name));
      const check = new LagCheck();
      const watch = warehouseWatch(warehouse);
      for (;;) {
        const asked = performance.now();
        if (await check.isNone(awaited, store.log, CATALOGUE)) return;
        await watch();
        await sleep(Math.max(QUIET_INTERVAL_MS, performance.now() - asked), undefined, { signal });
      }
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** A signal that aborts when the process that runs the services of a home has ended. */
function endOf({ pid }: Holder, home: string): { signal: AbortSignal; [Symbol.dispose](): void } {
  const ended = new AbortController();
  const timer = setInterval(async () => {
    if ((await lockHolder(home))?.pid === pid) return;
    const message = `process ${pid}, which ran the services, has ended; the request stays in the log and is processed at the next start`;
    ended.abort(new EpochlogError('INTERRUPTED', message));
  }, HOLDER_INTERVAL_MS);
  return { signal: ended.signal, [Symbol.dispose]: () => clearInterval(timer) };
}
