import { EpochlogError, messageOf } from '../errors.ts';
import { partitionsOfShard, shardLimit } from '../partitions.ts';
import { type Consumer, type Position, type Shard, SINGLE_SHARD } from '../ports/log.ts';
import type { Service, ServiceContext } from '../service.ts';
import { foldAhead } from './fold-ahead.ts';
import { createMutex } from './mutex.ts';
import { type RunOptions, runShard } from './run.ts';
import { maxShards } from './subscription.ts';
import { topologyOf } from './topology.ts';

const INITIAL_RESTART_MS = 100;
const MAX_RESTART_MS = 30_000;
/** after a retriable error: an unreachable server comes back for all services at once */
const MAX_RECONNECT_MS = 2_000;
/** how often the states of shards that run elsewhere are folded on */
export const FOLD_AHEAD_MS = 60_000;

export interface ServiceStatus {
  name: string;
  state: 'starting' | 'running' | 'standby' | 'restarting' | 'stopped';
  /** which of its shards run in this process, of how many */
  shards: readonly number[];
  of: number;
  /** crashes in a row: no progress was committed between them */
  crashes: number;
  lastError: string | null;
}

export interface SupervisorOptions extends Pick<RunOptions, 'log' | 'codec' | 'states' | 'saveEvery'> {
  context: ServiceContext;
  /** crashes in a row after which it gives up; Infinity: never */
  maxCrashes: number;
  /** whether it waits for disk space; else DISK_FULL counts as a crash */
  waitsForDiskSpace: boolean;
  /** called when it gives up */
  onFailure(error: unknown): void;
}

/** A shard that runs in this process. */
interface RunningShard {
  stop: AbortController;
  ended: Promise<void>;
  consumer?: Consumer;
}

/** Runs the shards of a service that are assigned to this process, and restarts those that crash. */
export class Supervisor {
  readonly #service: Service;
  readonly #options: SupervisorOptions;
  readonly #running = new Map<number, RunningShard>();
  /** the fold of a shard that runs elsewhere, or the pause before the next */
  #standby: { stop: AbortController; ended: Promise<void> } | undefined;
  readonly #mutex = createMutex();
  readonly #givenUp = new AbortController();
  /** aborts when it is stopped, or gives up */
  readonly #signal: AbortSignal;
  #assigned = false;
  #of = 1;
  #crashes = 0;
  #lastError: string | null = null;
  /** group memberships and shards that wait before they restart */
  #pauses = 0;
  #ended = false;

  constructor(service: Service, options: SupervisorOptions) {
    this.#service = service;
    this.#options = options;
    this.#signal = AbortSignal.any([options.context.signal, this.#givenUp.signal]);
  }

  get status(): ServiceStatus {
    return {
      name: this.#service.name,
      state: this.#state,
      shards: [...this.#running.keys()].sort((a, b) => a - b),
      of: this.#of,
      crashes: this.#crashes,
      lastError: this.#lastError,
    };
  }

  /** The next offsets of the shards in this process, for a service that commits none. */
  positions(): Position[] {
    return [...this.#running.values()].flatMap(({ consumer }) => consumer?.positions() ?? []);
  }

  /** Until the service's signal aborts, or it gives up. */
  async run(): Promise<void> {
    try {
      await this.#runWithRestarts(SINGLE_SHARD, () => this.#followAssignments());
    } finally {
      await this.#stopStandby();
      await Promise.all([...this.#running.keys()].map((index) => this.#stop(index)));
      this.#ended = true;
    }
  }

  get #state(): ServiceStatus['state'] {
    if (this.#ended) return 'stopped';
    if (this.#pauses > 0) return 'restarting';
    if (!this.#assigned) return 'starting';
    if (this.#running.size === 0) return 'standby';
    return [...this.#running.values()].every(({ consumer }) => consumer) ? 'running' : 'starting';
  }

  /** Runs the assigned shards, as the assignment changes. */
  async #followAssignments(): Promise<void> {
    const { log, codec } = this.#options;
    if (this.#service.runs === 'everywhere') return this.#assign([SINGLE_SHARD], true);
    const { consumed } = await topologyOf(this.#service, log, codec.catalogue);
    const most = maxShards(this.#service);
    this.#assigned = false;
    try {
      for await (const shards of log.assignments(this.#service.name, consumed, most, this.#signal)) {
        await this.#assign(shards);
      }
    } finally {
      await this.#assign([]); // without a group membership nothing is assigned
    }
  }

  /** Stops shards that are not assigned any more, then starts the new ones. */
  async #assign(shards: readonly Shard[], untilEnded = false): Promise<void> {
    await this.#stopStandby();
    const kept = new Set(shards.map(({ index }) => index));
    const lost = [...this.#running.keys()].filter((index) => !kept.has(index));
    await Promise.all(lost.map((index) => this.#stop(index)));
    for (const shard of shards) if (!this.#running.has(shard.index)) this.#start(shard);
    this.#assigned = true;
    if (this.#service.runs !== 'everywhere') this.#startStandby();
    if (untilEnded) await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  /** Folds the states of the shards that run elsewhere, now and then, until the next assignment. */
  #startStandby(): void {
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#signal, stop.signal]);
    const { logger } = this.#options.context;
    const ended = this.#foldAhead(signal).catch((error: unknown) => {
      if (signal.aborted) return;
      const service = this.#service.name;
      logger.warn({ service, err: error }, 'states of shards that run elsewhere are not folded');
    });
    this.#standby = { stop, ended };
  }

  async #stopStandby(): Promise<void> {
    this.#standby?.stop.abort();
    await this.#standby?.ended;
    this.#standby = undefined;
  }

  async #foldAhead(signal: AbortSignal): Promise<void> {
    const { log, codec } = this.#options;
    const { consumed } = await topologyOf(this.#service, log, codec.catalogue);
    const isAssigned = this.#running.size > 0; // then there are as many shards as it was told: on one machine one
    const most = Math.min(
      maxShards(this.#service),
      shardLimit(await log.committed(this.#service.name, consumed)),
    );
    const of = isAssigned ? this.#of : most;
    const elsewhere = Array.from({ length: of }, (_, index) => index).filter(
      (index) => !this.#running.has(index),
    );
    while (elsewhere.length > 0) {
      const context = { ...this.#options.context, signal };
      await context.clock.sleep(FOLD_AHEAD_MS, signal);
      for (const index of elsewhere)
        await foldAhead(this.#service, { index, of }, { ...this.#options, context });
    }
  }

  #start(shard: Shard): void {
    this.#of = shard.of;
    const stop = new AbortController();
    const context = { ...this.#options.context, signal: AbortSignal.any([this.#signal, stop.signal]) };
    const running: RunningShard = { stop, ended: Promise.resolve() };
    const { log, codec, states, saveEvery } = this.#options;
    const runOnce = () =>
      runShard(this.#service, shard, {
        log,
        codec,
        states,
        saveEvery,
        context,
        mutex: this.#mutex,
        waitsForDiskSpace: this.#options.waitsForDiskSpace,
        onReady: (consumer) => {
          running.consumer = consumer;
        },
      }).finally(() => {
        delete running.consumer;
      });
    this.#running.set(shard.index, running);
    running.ended = this.#runWithRestarts(shard, runOnce, context.signal);
  }

  async #stop(index: number): Promise<void> {
    const running = this.#running.get(index);
    running?.stop.abort();
    await running?.ended;
    this.#running.delete(index);
  }

  /** Runs a step until the signal aborts; restarts it with exponential backoff while it commits nothing. */
  async #runWithRestarts(shard: Shard, step: () => Promise<void>, signal = this.#signal): Promise<void> {
    let crashes = 0;
    while (!signal.aborted) {
      const before = await this.#progress(shard);
      try {
        await step();
      } catch (error) {
        if (signal.aborted) return;
        crashes = (await this.#progress(shard)) > before ? 1 : crashes + 1;
        await this.#pauseAfter(error, crashes, shard, signal);
      }
    }
  }

  /** Whether the command that runs the service ends with the error, and says itself what it is: a log line repeats it. */
  #isReported(error: unknown): boolean {
    return error instanceof EpochlogError && error.code === 'DISK_FULL' && !this.#options.waitsForDiskSpace;
  }

  async #pauseAfter(error: unknown, crashes: number, { index }: Shard, signal: AbortSignal): Promise<void> {
    const { clock, logger, telemetry } = this.#options.context;
    const service = this.#service.name;
    const expected = isExpected(error);
    this.#crashes = crashes;
    this.#lastError = messageOf(error);
    telemetry.count('restarts', { service });
    const fields = { service, shard: index, err: error, crashes };
    if (this.#isReported(error)) logger.debug(fields, 'service restarts');
    else if (expected) logger.warn(fields, 'service restarts');
    else logger.error(fields, 'service crashed');
    if (crashes >= this.#options.maxCrashes) {
      this.#options.onFailure(error);
      this.#givenUp.abort();
      return;
    }
    const wait = Math.min(
      INITIAL_RESTART_MS * 2 ** (crashes - 1),
      expected ? MAX_RECONNECT_MS : MAX_RESTART_MS,
    );
    this.#pauses += 1;
    await clock.sleep(wait, signal).catch(() => {});
    this.#pauses -= 1;
  }

  /** The sum of a shard's committed offsets; 0 while the log is unreachable. */
  async #progress(shard: Shard): Promise<number> {
    const { log, codec } = this.#options;
    try {
      const { consumed } = await topologyOf(this.#service, log, codec.catalogue);
      const committed = await log.committed(this.#service.name, consumed);
      return partitionsOfShard(shard, committed).reduce((sum, { offset }) => sum + offset, 0);
    } catch {
      return 0;
    }
  }
}

/** Retriable errors are no defects of the service. */
const isExpected = (error: unknown): boolean => error instanceof EpochlogError && error.retriable;
