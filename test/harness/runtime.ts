import { tmpdir } from 'node:os';
import { openScratch } from '../../infra/scratch.ts';
import { type Clock, SYSTEM_CLOCK } from '../../kernel/clock.ts';
import type { Codec } from '../../kernel/codec.ts';
import type { DeadLetters } from '../../kernel/dead-letters/dead-letters.ts';
import type { LoggedEvent, NewEvent, OfType, RecordedEvent } from '../../kernel/event.ts';
import { type Logger, NO_LOGGER } from '../../kernel/logger.ts';
import type { EventLog } from '../../kernel/ports/log.ts';
import type { StateStore } from '../../kernel/ports/states.ts';
import { NO_TRACER, type Tracer } from '../../kernel/ports/tracer.ts';
import type { Publisher } from '../../kernel/publisher.ts';
import type { EventReader } from '../../kernel/reader.ts';
import { type Host, type HostOptions, startHost } from '../../kernel/runtime/host.ts';
import type { Service } from '../../kernel/service.ts';
import { NO_TELEMETRY, type Telemetry } from '../../kernel/telemetry.ts';
import { type Faults, withFaults } from './faults.ts';

/** An open log of the events of some catalogue. */
export interface OpenLog<E extends NewEvent> {
  log: EventLog;
  codec: Codec<E>;
  events: EventReader<E>;
  publisher: Publisher<E>;
  deadLetters: DeadLetters;
  close(): Promise<void>;
}

/** How services run in a test, whatever their events are. */
export interface RuntimeOptions {
  /** name of this process among those that run the same services */
  instance?: string;
  /** default: nothing is measured */
  telemetry?: Telemetry;
  /** receives the spans; default none is recorded */
  tracer?: Tracer;
  /** where states are saved, and after how many records; default nowhere */
  states?: StateStore;
  saveEvery?: number;
  /** faults injected into the log */
  faults?: Faults;
  /** default: the system clock */
  clock?: Clock;
  /** consecutive crashes of a service after which it is restarted; default none */
  restarts?: number;
  /** default: none */
  logger?: Logger;
  /** whether a full disk is waited for; default true */
  waitsForDiskSpace?: boolean;
}

/** Running services. */
export interface Runtime<E extends NewEvent> {
  host: Host;
  /** Appends requests, waits until no service has lag, and returns the recorded requests. */
  publish(...events: readonly E[]): Promise<readonly RecordedEvent<E>[]>;
  /** All events of these types so far, in the order of the log within a type's stream. */
  all<T extends E['type']>(...types: readonly T[]): Promise<LoggedEvent<OfType<E, T>>[]>;
}

/** What services have of their process, beside the runtime. */
export type Surroundings = Pick<HostOptions['shared'], 'artifacts' | 'inference' | 'warehouse' | 'query'> &
  Pick<HostOptions, 'settingsOf'>;

/** Starts services on an open log, and resolves when all have restored their state. The caller closes the log. */
export async function startOn<E extends NewEvent>(
  { log, codec, events, publisher }: OpenLog<E>,
  services: readonly Service[],
  { settingsOf, ...ports }: Surroundings,
  options: RuntimeOptions,
): Promise<Runtime<E>> {
  const host = startHost(services, {
    log: withFaults(log, options.faults ?? {}),
    codec,
    shared: {
      events,
      scratch: openScratch(tmpdir()),
      ...ports,
      clock: options.clock ?? SYSTEM_CLOCK,
      instance: options.instance ?? 'test',
      logger: options.logger ?? NO_LOGGER,
      telemetry: options.telemetry ?? NO_TELEMETRY,
      tracer: options.tracer ?? NO_TRACER,
    },
    settingsOf,
    ...(options.states && { states: options.states }),
    ...(options.saveEvery !== undefined && { saveEvery: options.saveEvery }),
    maxCrashes: (options.restarts ?? 0) + 1,
    waitsForDiskSpace: options.waitsForDiskSpace ?? true,
  });
  try {
    await host.ready();
  } catch (error) {
    await host.stop();
    throw error;
  }
  return {
    host,
    async publish(...requests) {
      const recorded = await publisher.publish(requests);
      await host.settled();
      return recorded;
    },
    all: (...types) => Array.fromAsync(events.scan(types)),
  };
}

/** A port that a test must not use: any access throws. */
export function absent(name: string): object {
  const fail = () => {
    throw new Error(`this test runs without ${name}: give startServices what it needs`);
  };
  return new Proxy(fail, { get: fail });
}
