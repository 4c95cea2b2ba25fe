import { once } from 'node:events';
import type { Config } from '../infra/config/schema.ts';
import type { Service } from '../kernel/service.ts';
import { onInterrupt } from './interrupt.ts';
import { createLogger } from './logger.ts';
import type { Platform } from './platform.ts';

/** A service that is told to stop has ended after so long, in good order or not. Docker waits no longer by default. */
const STOP_PATIENCE_MS = 9_000;

/**
 * Runs services until Ctrl-C or SIGTERM, through whatever crashes they have. Those of a cluster wait for servers that
 * are away. `onReady` is told when they are at work.
 */
export async function runUntilInterrupted(
  config: Config,
  services: readonly Service[],
  onReady: (platform: Platform) => void,
): Promise<void> {
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  const isPatient = config.log !== undefined;
  if (isPatient) signal.addEventListener('abort', () => endInTime(config));
  const options = { services, source: 'cli', maxCrashes: Number.POSITIVE_INFINITY, isPatient, signal };
  const { startPlatform } = await import('./platform.ts');
  const platform = await startPlatform(config, options).catch((error: unknown) => {
    if (!signal.aborted) throw error; // else it breaks because it is being stopped
  });
  if (!platform) return;
  try {
    onReady(platform);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await platform.close();
  }
}

/** The last resort. It is safe at any time: what is not committed is done again at the next start. */
function endInTime(config: Config): void {
  const end = () => {
    createLogger(config.logLevel).error({ waitedMs: STOP_PATIENCE_MS }, 'did not end in good order; killed');
    process.kill(process.pid, 'SIGKILL');
  };
  setTimeout(end, STOP_PATIENCE_MS).unref();
}
