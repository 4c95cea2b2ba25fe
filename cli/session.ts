import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../infra/config/config.ts';
import { lockHolder } from '../infra/home.ts';
import { EpochlogError } from '../kernel/errors.ts';
import type { ArtifactStore } from '../kernel/ports/artifacts.ts';
import type { EventLog } from '../kernel/ports/log.ts';
import type { Publisher } from '../kernel/publisher.ts';
import type { EventReader } from '../kernel/reader.ts';
import { lagOf } from '../kernel/runtime/lag.ts';
import { startPlatform } from './platform.ts';
import { loadServices } from './services.ts';
import { openStore } from './store.ts';

/** The services at work, in this process or in that of a running `epochlog up`. */
export interface Session {
  config: Config;
  log: EventLog;
  events: EventReader;
  publisher: Publisher;
  artifacts: ArtifactStore;
  /** base URL of the HTTP API */
  url: string;
  /** resolves when all services (but those excepted) have reacted to everything and nothing more follows */
  quiet(except?: readonly string[]): Promise<void>;
  /** aborts when the services stop */
  signal: AbortSignal;
  /** why nothing more will come, once `signal` has aborted */
  failure(): Error;
}

const QUIET_INTERVAL_MS = 20;

/**
 * Runs a command against the services of a home: those of `epochlog up` when it is running there, else its own,
 * which it starts before and stops after.
 */
export async function withSession<T>(config: Config, command: (session: Session) => Promise<T>): Promise<T> {
  const holder = await lockHolder(config.home);
  return holder?.url ? withRunning(config, holder.url, command) : withOwn(config, command);
}

async function withOwn<T>(config: Config, command: (session: Session) => Promise<T>): Promise<T> {
  const platform = await startPlatform({ ...config, port: 0 }, { source: 'cli', maxCrashes: 3 });
  try {
    return await command({
      ...platform.store,
      config,
      url: platform.url,
      quiet: (except) => platform.host.settled(except),
      signal: platform.signal,
      failure: () => platform.failure() ?? new EpochlogError('CONFLICT', 'the services were stopped'),
    });
  } finally {
    await platform.close();
  }
}

async function withRunning<T>(
  config: Config,
  url: string,
  command: (session: Session) => Promise<T>,
): Promise<T> {
  const store = await openStore(config, 'cli');
  const services = await loadServices();
  const stopped = new AbortController();
  const interrupt = () => stopped.abort();
  process.once('SIGINT', interrupt);
  try {
    return await command({
      ...store,
      config,
      url,
      signal: stopped.signal,
      failure: () =>
        new EpochlogError('CONFLICT', 'interrupted; what was asked for goes on in `epochlog up`'),
      async quiet(except = []) {
        const awaited = services.filter(({ name }) => !except.includes(name));
        while ([...(await lagOf(awaited, store.log)).values()].some((lag) => lag > 0))
          await sleep(QUIET_INTERVAL_MS);
      },
    });
  } finally {
    process.off('SIGINT', interrupt);
    await store.close();
  }
}
