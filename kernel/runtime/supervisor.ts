import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError, messageOf } from '../errors.ts';
import { partitionsOfShard } from '../partitions.ts';
import { type Consumer, type Position, type Shard, SINGLE_SHARD } from '../ports/log.ts';
import type { Service, ServiceContext } from '../service.ts';
import { inputsOf } from './inputs.ts';
import { maxShards } from './intake.ts';
import type { Turn } from './loop.ts';
import { type RunOptions, runShard } from './run.ts';

const FIRST_RESTART_MS = 100;
const LAST_RESTART_MS = 30_000;
/** What cannot be reached is tried again more often: it comes back for everybody at once. */
const LAST_RECONNECT_MS = 2_000;

export interface ServiceStatus {
  name: string;
  state: 'starting' | 'running' | 'standby' | 'restarting' | 'stopped';
  /** which of its shards are at work in this process, of how many */
  shards: readonly number[];
  of: number;
  /** crashes in a row: no progress was committed between them */
  crashes: number;
  lastError: string | null;
}

export interface SupervisorOptions extends Pick<RunOptions, 'log' | 'codec'> {
  context: ServiceContext;
  /** crashes in a row after which it gives up; Infinity: never */
  maxCrashes: number;
  /** whether a full disk is waited for; else DISK_FULL counts as a crash */
  waitsForRoom: boolean;
  /** told when it gives up, and why */
  onFailure(error: unknown): void;
}

/** A shard at work. */
interface AtWork {
  stop: AbortController;
  ended: Promise<void>;
  consumer?: Consumer;
}

/** Keeps one service at work: takes the shards that are dealt to this process, and starts again what crashes. */
export class Supervisor {
  readonly #service: Service;
  readonly #options: SupervisorOptions;
  readonly #atWork = new Map<number, AtWork>();
  readonly #turn: Turn = inTurn();
  readonly #givenUp = new AbortController();
  /** aborts when it is stopped, or gives up */
  readonly #signal: AbortSignal;
  #assigned = false;
  #of = 1;
  #crashes = 0;
  #lastError: string | null = null;
  /** of the group or of shards, before what has failed is begun again */
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
      shards: [...this.#atWork.keys()].sort((a, b) => a - b),
      of: this.#of,
      crashes: this.#crashes,
      lastError: this.#lastError,
    };
  }

  /** Where the shards of this process go on, of a service that keeps no offsets in the log. */
  positions(): Position[] {
    return [...this.#atWork.values()].flatMap(({ consumer }) => consumer?.positions() ?? []);
  }

  /** Until the service's signal aborts, or it gives up. */
  async run(): Promise<void> {
    try {
      await this.#persist(SINGLE_SHARD, () => this.#attend());
    } finally {
      await Promise.all([...this.#atWork.keys()].map((index) => this.#stop(index)));
      this.#ended = true;
    }
  }

  get #state(): ServiceStatus['state'] {
    if (this.#ended) return 'stopped';
    if (this.#pauses > 0) return 'restarting';
    if (!this.#assigned) return 'starting';
    if (this.#atWork.size === 0) return 'standby';
    return [...this.#atWork.values()].every(({ consumer }) => consumer) ? 'running' : 'starting';
  }

  /** Works on the shards that are dealt to this process, as they change. */
  async #attend(): Promise<void> {
    const { log } = this.#options;
    if (this.#service.runs === 'everywhere') return this.#work([SINGLE_SHARD], true);
    const { consumed } = await inputsOf(this.#service, log);
    const most = maxShards(this.#service);
    this.#assigned = false;
    try {
      for await (const shards of log.assignments(this.#service.name, consumed, most, this.#signal)) {
        await this.#work(shards);
      }
    } finally {
      await this.#work([]); // outside of the group, nothing is its own
    }
  }

  /** Lets go of the shards that are not among these, and begins with those that are new. */
  async #work(shards: readonly Shard[], untilEnded = false): Promise<void> {
    const kept = new Set(shards.map(({ index }) => index));
    const lost = [...this.#atWork.keys()].filter((index) => !kept.has(index));
    await Promise.all(lost.map((index) => this.#stop(index)));
    for (const shard of shards) if (!this.#atWork.has(shard.index)) this.#begin(shard);
    this.#assigned = true;
    if (untilEnded) await Promise.all([...this.#atWork.values()].map(({ ended }) => ended));
  }

  #begin(shard: Shard): void {
    this.#of = shard.of;
    const stop = new AbortController();
    const context = { ...this.#options.context, signal: AbortSignal.any([this.#signal, stop.signal]) };
    const atWork: AtWork = { stop, ended: Promise.resolve() };
    const { log, codec } = this.#options;
    const runOnce = () =>
      runShard(this.#service, shard, {
        log,
        codec,
        context,
        turn: this.#turn,
        waitsForRoom: this.#options.waitsForRoom,
        onReady: (consumer) => {
          atWork.consumer = consumer;
        },
      }).finally(() => {
        delete atWork.consumer;
      });
    this.#atWork.set(shard.index, atWork);
    atWork.ended = this.#persist(shard, runOnce, context.signal);
  }

  async #stop(index: number): Promise<void> {
    const atWork = this.#atWork.get(index);
    atWork?.stop.abort();
    await atWork?.ended;
    this.#atWork.delete(index);
  }

  /** Runs a step again and again until the signal aborts, with growing pauses while it fails without progress. */
  async #persist(shard: Shard, step: () => Promise<void>, signal = this.#signal): Promise<void> {
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

  async #pauseAfter(error: unknown, crashes: number, { index }: Shard, signal: AbortSignal): Promise<void> {
    const { logger, telemetry } = this.#options.context;
    const service = this.#service.name;
    const expected = isExpected(error);
    this.#crashes = crashes;
    this.#lastError = messageOf(error);
    telemetry.count('restarts', { service });
    const fields = { service, shard: index, err: error, crashes };
    if (expected) logger.warn(fields, 'service starts again');
    else logger.error(fields, 'service crashed');
    if (crashes >= this.#options.maxCrashes) {
      this.#options.onFailure(error);
      this.#givenUp.abort();
      return;
    }
    const wait = Math.min(
      FIRST_RESTART_MS * 2 ** (crashes - 1),
      expected ? LAST_RECONNECT_MS : LAST_RESTART_MS,
    );
    this.#pauses += 1;
    await sleep(wait, undefined, { signal }).catch(() => {});
    this.#pauses -= 1;
  }

  /** Records committed by a shard; none that anybody knows of while the log does not answer. */
  async #progress(shard: Shard): Promise<number> {
    const { log } = this.#options;
    try {
      const { consumed } = await inputsOf(this.#service, log);
      const committed = await log.committed(this.#service.name, consumed);
      return partitionsOfShard(shard, committed).reduce((sum, { offset }) => sum + offset, 0);
    } catch {
      return 0;
    }
  }
}

/** What passes by itself: nothing is wrong with the service. */
const isExpected = (error: unknown): boolean => error instanceof EpochlogError && error.retriable;

function inTurn(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  return (step) => {
    const next = last.then(step, step);
    last = next.catch(() => {});
    return next;
  };
}
