import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EpochlogError, type ErrorCode, messageOf } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { Warehouse } from '../../../kernel/ports/warehouse.ts';
import { childEnvironment } from '../../config/child-environment.ts';
import { openClickHouse } from '../open.ts';
import { dropScratches } from '../scratch.ts';
import type { FromEngine } from './messages.ts';
import { socketPathFor } from './socket-path.ts';
import { THREADS } from './threads.ts';
import { type Watching, watch } from './watchdog.ts';

const SERVER = fileURLToPath(new URL('server.ts', import.meta.url));
/** How long a new owner waits for the previous one: an engine whose parent was killed needs a moment to notice. */
const LOCK_PATIENCE_MS = 2_000;
const LOCK_RETRY_MS = 100;
/** Pause before a restart, for each crash of the last minute. */
const DELAY_PER_CRASH_MS = 100;
const MINUTE_MS = 60_000;
const STOP_PATIENCE_MS = 10_000;
const STDERR_KEPT = 2_000;
/** An engine that runs no query for half a minute is restarted. */
const WATCHING: Watching = { everyMs: 2_000, misses: 15 };

/** The process of the embedded engine, restarted when it crashes. */
export interface EngineProcess {
  readonly socketPath: string;
  /** of the current process */
  readonly pid: number | undefined;
  /** Waits for running requests, then ends the process. */
  stop(): Promise<void>;
}

/** The default warehouse: an embedded engine with a directory of its own. Closing it stops the engine. */
export async function openEmbedded(directory: string, database: string, logger: Logger): Promise<Warehouse> {
  const engine = await startEngine(directory, logger);
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
 * CONFIG_INVALID for an unusable path, or when the engine is not installed.
 */
export async function startEngine(
  directory: string,
  logger: Logger,
  watching = WATCHING,
  stopPatienceMs = STOP_PATIENCE_MS,
): Promise<EngineProcess> {
  const home = resolve(directory);
  if (/[*?{}]/.test(home)) {
    throw new EpochlogError(
      'CONFIG_INVALID',
      `ClickHouse takes * ? { } for a pattern: choose another path than ${home}`,
    );
  }
  await mkdir(home, { recursive: true, mode: 0o700 });
  const supervisor = new Supervisor(home, logger, watching, stopPatienceMs);
  await supervisor.start();
  return supervisor;
}

class Supervisor implements EngineProcess {
  readonly socketPath: string;
  readonly #home: string;
  readonly #logger: Logger;
  readonly #watching: Watching;
  readonly #stopPatienceMs: number;
  readonly #stopping = new AbortController();
  #crashes: number[] = [];
  #child: ChildProcess | undefined;
  #starting: Promise<Launched> | undefined;

  constructor(home: string, logger: Logger, watching: Watching, stopPatienceMs: number) {
    this.socketPath = socketPathFor(home);
    this.#home = home;
    this.#logger = logger;
    this.#watching = watching;
    this.#stopPatienceMs = stopPatienceMs;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    this.#starting = launchPatiently(this.#home, this.socketPath);
    const { child, lastWords } = await this.#starting;
    this.#child = child;
    const unwatch = watch(this.socketPath, this.#watching, () => {
      this.#logger.warn({ pid: child.pid }, 'the warehouse engine does not answer and is killed');
      child.kill('SIGKILL');
    });
    child.once('exit', (code, signal) => {
      unwatch();
      this.#replace({ code, signal, stderr: lastWords() });
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#starting?.catch(() => {});
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.ref(); // else this process may end before it sees the exit
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), this.#stopPatienceMs);
    await exited;
    clearTimeout(timer);
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

interface Launched {
  child: ChildProcess;
  /** the tail of its stderr */
  lastWords(): string;
}

async function launchPatiently(home: string, socketPath: string): Promise<Launched> {
  const deadline = Date.now() + LOCK_PATIENCE_MS;
  for (;;) {
    try {
      return await launch(home, socketPath);
    } catch (error) {
      const locked = error instanceof EpochlogError && error.code === 'WAREHOUSE_LOCKED';
      if (!locked || Date.now() > deadline) throw error;
      await delay(LOCK_RETRY_MS);
    }
  }
}

/** Starts one process and resolves when it responds. The parent waits for it only while it starts. */
async function launch(home: string, socketPath: string): Promise<Launched> {
  const child = fork(SERVER, [home, socketPath], {
    cwd: home,
    env: childEnvironment({ UV_THREADPOOL_SIZE: String(THREADS) }),
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-STDERR_KEPT);
  });
  const answer = await Promise.race([firstMessage(child), failure(child)]);
  switch (answer.kind) {
    case 'ready':
      for (const handle of [child, child.channel, child.stderr instanceof Socket && child.stderr]) {
        if (handle) handle.unref();
      }
      return { child, lastWords: () => stderr };
    case 'locked':
      throw new EpochlogError('WAREHOUSE_LOCKED', `process ${answer.holder} uses the warehouse in ${home}`);
    case 'missing':
      throw new EpochlogError(
        'CONFIG_INVALID',
        "ClickHouse's engine is not installed here: name a server (EPOCHLOG_CLICKHOUSE), or run `npm ci` in the " +
          `folder of epochlog on Linux or macOS; ${answer.message}`,
      );
    case 'failed': {
      const message = `the warehouse engine does not start in ${home}: ${answer.message}`;
      throw new EpochlogError(codeOf(answer.message), `${message}\n${stderr}`);
    }
  }
}

/** Errors of the operating system are not transient; ClickHouse gives them by number and name. */
function codeOf(message: string): ErrorCode {
  if (/errno: 28\b|No space left|NOT_ENOUGH_SPACE/.test(message)) return 'DISK_FULL';
  return /errno: 24\b|Too many open files/.test(message) ? 'CONFIG_INVALID' : 'WAREHOUSE_UNAVAILABLE';
}

async function firstMessage(child: ChildProcess): Promise<FromEngine> {
  const [message] = await once(child, 'message');
  return message;
}

async function failure(child: ChildProcess): Promise<FromEngine> {
  const [code, signal] = await once(child, 'exit');
  return { kind: 'failed', message: `its process ended (${signal ?? code})` };
}
