import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import type { Config } from '../infra/config/schema.ts';
import type { Holder } from '../infra/home.ts';
import { onInterrupt } from './interrupt.ts';
import { createLogger } from './logger.ts';
import type { Platform, PlatformOptions } from './platform.ts';

/** A process that is told to stop is killed after this time: Docker kills it after 10 s by default. */
const STOP_TIMEOUT_MS = 9_000;

/**
 * Where there is much memory, V8 lets the heap grow fourfold before it collects what is old. A process that runs for long is not
 * alone on its machine: it collects more often, some milliseconds each on another thread.
 */
const HEAP_GROWTH_PERCENT = 40;

/**
 * Runs services until Ctrl-C or SIGTERM, and restarts those that crash. On a cluster it waits for unreachable servers, at
 * home for a command that uses it. `onReady` is called when the services are running; what it
 * begins ends with the signal.
 */
export async function runUntilInterrupted(
  config: Config,
  services: Pick<PlatformOptions, 'loadServices' | 'usesWarehouse' | 'isBeside'>,
  onReady: (platform: Platform, signal: AbortSignal) => void | Promise<void>,
  onWaitForCommand: (holder: Holder) => void = () => {},
): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  const waitsForBackends = config.log !== undefined;
  if (waitsForBackends) signal.addEventListener('abort', () => killAfterTimeout(config));
  const options = {
    ...services,
    source: 'cli',
    maxCrashes: Number.POSITIVE_INFINITY,
    waitsForBackends,
    apiOnDemand: false,
    isJoinable: true,
    onWaitForCommand,
    signal,
  };
  const { startPlatform } = await import('./platform.ts');
  const platform = await startPlatform(config, options).catch((error: unknown) => {
    if (!signal.aborted) throw error; // else the abort is the cause
  });
  if (!platform) return;
  try {
    const following = onReady(platform, signal);
    if (!signal.aborted) await once(signal, 'abort');
    await following;
  } finally {
    await platform.close();
  }
}

/** A kill is safe at any time: what is not committed is processed again at the next start. */
function killAfterTimeout(config: Config): void {
  const end = () => {
    createLogger(config.logLevel).error({ waitedMs: STOP_TIMEOUT_MS }, 'did not stop in time; killed');
    process.kill(process.pid, 'SIGKILL');
  };
  setTimeout(end, STOP_TIMEOUT_MS).unref();
}
