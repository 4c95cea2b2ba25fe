import { setTimeout as sleep } from 'node:timers/promises';
import type { Codec } from '../codec.ts';
import { EpochlogError, messageOf } from '../errors.ts';
import type { EventLog } from '../ports/log.ts';
import { createPublisher } from '../publisher.ts';
import type { Service, ServiceContext } from '../service.ts';
import { committedBy, lagOf } from './lag.ts';
import { runService } from './run.ts';

const FIRST_RESTART_MS = 100;
const LAST_RESTART_MS = 30_000;
const SETTLE_INTERVAL_MS = 5;

export interface HostOptions {
  log: EventLog;
  codec: Codec;
  /** what every service gets, but for its own settings, publisher and signal */
  shared: Omit<ServiceContext, 'settings' | 'publisher' | 'signal'>;
  settingsOf(service: Service): unknown;
  /** crashes of one service in a row after which the host gives up; Infinity: never */
  maxCrashes: number;
}

export interface ServiceStatus {
  name: string;
  state: 'starting' | 'running' | 'restarting' | 'stopped';
  /** crashes in a row: no progress was committed between them */
  crashes: number;
  lastError: string | null;
}

/** Services at work in this process. */
export interface Host {
  status(): ServiceStatus[];
  /** aborts, with the error as its reason, when a service crashed too often and was given up */
  failed: AbortSignal;
  /** What a service was started with, for its HTTP routes. */
  contextOf(service: Service): ServiceContext;
  /** Resolves when every service has recalled its past and reacts; rejects when one gave up. */
  ready(): Promise<void>;
  /** Records that each service has still to process. */
  lag(): Promise<Map<string, number>>;
  /** Resolves when every event has been reacted to by everyone and nothing more follows; rejects when a service gave up. */
  settled(except?: readonly string[]): Promise<void>;
  /** Stops all services after the reaction they are in. */
  stop(): Promise<void>;
}

/** Starts services, restarts those that crash, and knows when all is quiet. */
export function startHost(services: readonly Service[], options: HostOptions): Host {
  const { log, codec, shared } = options;
  const stopping = new AbortController();
  const statuses = new Map<string, ServiceStatus>();
  const contexts = new Map<string, ServiceContext>();
  const failed = new AbortController();

  for (const service of services) {
    statuses.set(service.name, { name: service.name, state: 'starting', crashes: 0, lastError: null });
    contexts.set(service.name, {
      ...shared,
      settings: options.settingsOf(service),
      publisher: createPublisher(log, codec, shared.clock, service.name, shared),
      signal: stopping.signal,
    });
  }
  const contextOf = (service: Service) => contexts.get(service.name)!;

  async function supervise(service: Service): Promise<void> {
    const status = statuses.get(service.name)!;
    while (!stopping.signal.aborted) {
      const before = await progress(service);
      try {
        status.state = 'starting';
        await runService(service, { log, codec, context: contextOf(service) }, () => {
          status.state = 'running';
        });
      } catch (error) {
        if (stopping.signal.aborted) break;
        status.crashes = (await progress(service)) > before ? 1 : status.crashes + 1;
        status.lastError = messageOf(error);
        status.state = 'restarting';
        shared.telemetry.count('restarts', { service: service.name });
        shared.logger.error(
          { service: service.name, err: error, crashes: status.crashes },
          'service crashed',
        );
        if (status.crashes >= options.maxCrashes) {
          failed.abort(error);
          break;
        }
        const wait = Math.min(FIRST_RESTART_MS * 2 ** (status.crashes - 1), LAST_RESTART_MS);
        await sleep(wait, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
    status.state = 'stopped';
  }

  /** Records committed by a service; none that anybody knows of while the log does not answer. */
  const progress = (service: Service) =>
    committedBy(service, log).then(
      (committed) => committed.reduce((sum, { offset }) => sum + offset, 0),
      () => 0,
    );

  async function until(condition: () => Promise<boolean>): Promise<void> {
    for (;;) {
      failed.signal.throwIfAborted();
      if (stopping.signal.aborted) throw new EpochlogError('CONFLICT', 'the services are being stopped');
      if (await condition()) return;
      await sleep(SETTLE_INTERVAL_MS);
    }
  }

  const supervisors = services.map(supervise);
  return {
    failed: failed.signal,
    status: () => [...statuses.values()],
    contextOf,
    lag: () => lagOf(services, log),
    ready: () => until(async () => [...statuses.values()].every(({ state }) => state === 'running')),
    settled(except = []) {
      const awaited = [...statuses.values()].filter(({ name }) => !except.includes(name));
      return until(async () => {
        if (awaited.some(({ state }) => state !== 'running')) return false;
        const behind = await lagOf(services, log);
        return awaited.every(({ name }) => behind.get(name) === 0);
      });
    },
    async stop() {
      stopping.abort();
      await Promise.all(supervisors);
    },
  };
}
