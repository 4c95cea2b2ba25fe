import { setTimeout as sleep } from 'node:timers/promises';
import type { Codec } from '../codec.ts';
import { createDeadLetters } from '../dead-letters/dead-letters.ts';
import { EpochlogError } from '../errors.ts';
import type { EventLog } from '../ports/log.ts';
import type { Spool } from '../ports/spool.ts';
import { NO_STATES, type StateStore } from '../ports/states.ts';
import { createPublisher } from '../publisher.ts';
import type { Service, ServiceContext } from '../service.ts';
import { LagCheck, lagOf } from './lag.ts';
import { SAVE_EVERY } from './snapshot.ts';
import { type ServiceStatus, Supervisor } from './supervisor.ts';

const SETTLE_INTERVAL_MS = 2;
/** what a wait lasts longer than it must, at most: this part of it, and this long */
const SETTLE_LATENESS = 0.05;
const MAX_SETTLE_INTERVAL_MS = 20;

export interface HostOptions {
  log: EventLog;
  codec: Codec;
  /** the part of the context that all services share */
  shared: Omit<ServiceContext, 'settings' | 'publisher' | 'recorder' | 'deadLetters' | 'signal'>;
  /** what `recorder` writes to; without it the log */
  spool?: Spool;
  /** where states are saved; default nowhere */
  states?: StateStore;
  /** records after which a service saves its state; default SAVE_EVERY */
  saveEvery?: number;
  settingsOf(service: Service): unknown;
  /** crashes of one service in a row after which the host gives up; Infinity: never */
  maxCrashes: number;
  /** whether services wait for disk space (the default); else DISK_FULL makes them crash */
  waitsForDiskSpace?: boolean;
}

/** The services that run in this process. */
export interface Host {
  status(): ServiceStatus[];
  /** aborts, with the error as its reason, when a service has crashed too often */
  failed: AbortSignal;
  /** What a service was started with, for its HTTP routes. */
  contextOf(service: Service): ServiceContext;
  /** Resolves when every service has restored its state and reacts, or stands by; rejects when one gave up. */
  ready(): Promise<void>;
  /** The lag of each service: records that it has still to process. */
  lag(): Promise<Map<string, number>>;
  /** Resolves when no service has lag; rejects when one gave up. */
  settled(except?: readonly string[]): Promise<void>;
  /** Stops all services after the reaction they are in. */
  stop(): Promise<void>;
}

/** Starts services, restarts those that crash, and tells when none has lag. */
export function startHost(services: readonly Service[], options: HostOptions): Host {
  const {
    log,
    codec,
    shared,
    spool,
    states = NO_STATES,
    saveEvery = SAVE_EVERY,
    maxCrashes,
    waitsForDiskSpace = true,
  } = options;
  const stopping = new AbortController();
  const failed = new AbortController();
  const contexts = new Map<string, ServiceContext>();
  const supervisors = new Map<string, Supervisor>();

  for (const service of services) {
    const publisher = createPublisher(log, codec, shared.clock, service.name, shared);
    const context = {
      ...shared,
      settings: options.settingsOf(service),
      publisher,
      recorder: spool
        ? createPublisher(log, codec, shared.clock, service.name, { ...shared, spool })
        : publisher,
      deadLetters: createDeadLetters(log, codec, publisher),
      signal: stopping.signal,
    };
    const onFailure = (error: unknown) => failed.abort(error);
    contexts.set(service.name, context);
    const supervised = { log, codec, states, saveEvery, context, maxCrashes, waitsForDiskSpace, onFailure };
    supervisors.set(service.name, new Supervisor(service, supervised));
  }
  const running = [...supervisors.values()].map((supervisor) => supervisor.run());
  const status = () => [...supervisors.values()].map(({ status }) => status);
  const isRunning = ({ state }: ServiceStatus) => state === 'running' || state === 'standby';

  const everywhere = services.filter(({ runs }) => runs === 'everywhere');
  const inLog = services.filter(({ runs }) => runs !== 'everywhere');
  /** The positions of services that commit no offsets. */
  const reached = () => everywhere.map(({ name }) => [name, supervisors.get(name)!.positions()] as const);

  /**
   * Polls a condition in real time, also under a virtual clock: the wait bounds the load of the checks. It is as long as
   * the last check took, so that at most half of the time is spent on checks, and grows with what is waited for: a training.
   */
  async function until(condition: () => Promise<boolean>): Promise<void> {
    const began = performance.now();
    for (;;) {
      failed.signal.throwIfAborted();
      if (stopping.signal.aborted) throw new EpochlogError('CONFLICT', 'the services are being stopped');
      const asked = performance.now();
      if (await condition()) return;
      const now = performance.now();
      const patience = Math.min(SETTLE_LATENESS * (now - began), MAX_SETTLE_INTERVAL_MS);
      await sleep(Math.max(SETTLE_INTERVAL_MS, now - asked, patience));
    }
  }

  return {
    failed: failed.signal,
    status,
    contextOf: (service) => contexts.get(service.name)!,
    lag: () => lagOf(inLog, log, codec.catalogue, new Map(reached())),
    ready: () => until(async () => status().every(isRunning)),
    settled(except = []) {
      const isAwaited = ({ name }: { name: string }) => !except.includes(name);
      const awaited = inLog.filter(isAwaited);
      const check = new LagCheck();
      return until(async () => {
        if (!status().filter(isAwaited).every(isRunning) || spool?.isEmpty === false) return false;
        const others = reached().filter(([name]) => !except.includes(name));
        return check.isNone(awaited, log, codec.catalogue, new Map(others));
      });
    },
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
