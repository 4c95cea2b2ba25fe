import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EpochlogError, messageOf } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { Warehouse } from '../../../kernel/ports/warehouse.ts';
import { ClickHouse } from '../clickhouse.ts';
import type { Endpoint, Server } from '../connection.ts';
import { openClickHouse } from '../open.ts';
import { dropScratches } from '../scratch.ts';
import { publish } from './access.ts';
import { type Launched, launch } from './launch.ts';
import { machineMemory, memoryLimits } from './memory.ts';
import { type Watching, watch } from './watch.ts';

/** How long a new owner waits for the previous one: an engine whose parent was killed needs a moment to notice. */
const LOCK_PATIENCE_MS = 2_000;
const LOCK_RETRY_MS = 100;
/** Pause before a restart, for each crash of the last minute. */
const DELAY_PER_CRASH_MS = 100;
const MINUTE_MS = 60_000;
const STOP_PATIENCE_MS = 10_000;
const STOP_LOOK_MS = 20;
/** An engine that runs no query for half a minute is restarted. */
const WATCHING: Watching = { everyMs: 2_000, misses: 15 };

const RUNNING =
  "SELECT count() AS n FROM system.processes WHERE user IN ('owner', 'analyst') AND query_id != queryID()";

/** The process of the embedded engine, restarted when it crashes, each time with another port and other passwords. */
export interface EngineProcess extends Endpoint {
  /** of the current process */
  readonly pid: number | undefined;
  /** Waits for running queries, then ends the process. */
  stop(): Promise<void>;
}

export interface EngineOptions {
  /** what ClickHouse may use; by default a share of the machine's memory */
  memoryBytes?: number | undefined;
  /** called when there is a process, which starts by itself from then on */
  onForked?: (() => void) | undefined;
  watching?: Watching;
  /** how long `stop` waits for running queries */
  stopPatienceMs?: number;
}

/** The default warehouse: an embedded engine with a directory of its own. Closing it stops the engine. */
export async function openEmbedded(
  directory: string,
  database: string,
  logger: Logger,
  options: EngineOptions = {},
): Promise<Warehouse> {
  const engine = await startEngine(directory, logger, options);
  try {
    const warehouse = await openClickHouse(engine, database);
    const warn = (error: unknown) =>
      logger.warn({ error: messageOf(error) }, 'scratch databases stay behind');
    await dropScratches(warehouse, () => true).catch(warn); // unused: the engine has just started
    const close = warehouse.close.bind(warehouse);
    warehouse.close = () => close().then(() => engine.stop());
    return warehouse;
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

/**
 * Starts the embedded engine on a directory and resolves when it responds. A process that crashes or hangs is restarted;
 * requests fail with WAREHOUSE_UNAVAILABLE meanwhile. WAREHOUSE_LOCKED when another process owns the directory,
 * CONFIG_INVALID when the engine is not installed.
 */
export async function startEngine(
  directory: string,
  logger: Logger,
  options: EngineOptions = {},
): Promise<EngineProcess> {
  const home = resolve(directory);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const supervisor = new Supervisor(home, logger, options);
  await supervisor.start();
  return supervisor;
}

class Supervisor implements EngineProcess {
  readonly #home: string;
  readonly #logger: Logger;
  readonly #options: EngineOptions;
  readonly #stopping = new AbortController();
  #crashes: number[] = [];
  #running: Launched | undefined;
  #starting: Promise<Launched> | undefined;

  constructor(home: string, logger: Logger, options: EngineOptions) {
    this.#home = home;
    this.#logger = logger;
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  current(): Server {
    if (this.#running) return this.#running.server;
    throw new EpochlogError('WAREHOUSE_UNAVAILABLE', 'the warehouse has not started yet');
  }

  async start(): Promise<void> {
    this.#starting = launchPatiently(this.#home, this.#options);
    this.#running = await this.#starting;
    const { child, server, lastWords } = this.#running;
    await publish(this.#home, server).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    });
    const warehouse = new ClickHouse({ current: () => server }, 'default');
    const unwatch = watch(warehouse, this.#options.watching ?? WATCHING, (fault) => {
      this.#logger.warn({ pid: child.pid, fault }, 'the warehouse engine is killed');
      child.kill('SIGKILL');
    });
    const ended = (code: number | null, signal: NodeJS.Signals | null) => {
      unwatch();
      void warehouse.close();
      void this.#replace({ code, signal, stderr: lastWords() });
    };
    if (isAlive(child)) child.once('exit', ended);
    else ended(child.exitCode, child.signalCode);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#starting?.catch(() => {});
    const { child, server } = this.#running ?? {};
    if (!child || !server || !isAlive(child)) return;
    const exited = once(child, 'exit');
    child.ref(); // else this process may end before it sees the exit
    await Promise.race([exited, untilIdle(server, this.#options.stopPatienceMs ?? STOP_PATIENCE_MS)]);
    child.kill('SIGKILL'); // what it has acknowledged is on the disk
    await exited;
  }

  async #replace(how: object): Promise<void> {
    const { signal } = this.#stopping;
    if (signal.aborted) return;
    const now = Date.now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < MINUTE_MS), now];
    const waitMs = DELAY_PER_CRASH_MS * this.#crashes.length;
    this.#logger.warn({ ...how, waitMs }, 'the warehouse engine ended and will be started again');
    try {
      await delay(waitMs, undefined, { signal, ref: false });
      await this.start();
    } catch (error) {
      await this.#replace({ error: messageOf(error) });
    }
  }
}

const isAlive = ({ exitCode, signalCode }: Launched['child']): boolean =>
  exitCode === null && signalCode === null;

async function launchPatiently(home: string, { memoryBytes, onForked }: EngineOptions): Promise<Launched> {
  const deadline = Date.now() + LOCK_PATIENCE_MS;
  const limits = memoryLimits(machineMemory(), memoryBytes);
  for (;;) {
    try {
      return await launch(home, limits, onForked);
    } catch (error) {
      const locked = error instanceof EpochlogError && error.code === 'WAREHOUSE_LOCKED';
      if (!locked || Date.now() > deadline) throw error;
      await delay(LOCK_RETRY_MS);
    }
  }
}

/** Resolves when no query runs, or after some time. */
async function untilIdle(server: Server, patienceMs: number): Promise<void> {
  const signal = AbortSignal.timeout(patienceMs);
  const impatient: Server = { ...server, signal };
  const warehouse = new ClickHouse({ current: () => impatient }, 'default');
  try {
    while ((await warehouse.query<{ n: number }>(RUNNING))[0]?.n !== 0) {
      await delay(STOP_LOOK_MS, undefined, { signal });
    }
  } catch {
    // it does not answer, or its time is over
  } finally {
    await warehouse.close();
  }
}
