import { once } from 'node:events';
import type { Config } from '../infra/config/schema.ts';
import type { Service } from '../kernel/service.ts';
import { onInterrupt } from './interrupt.ts';
import { type Platform, startPlatform } from './platform.ts';

/** Runs services until Ctrl-C or SIGTERM, through whatever crashes they have. `onReady` is told when they are at work. */
export async function runUntilInterrupted(
  config: Config,
  services: readonly Service[],
  onReady: (platform: Platform) => void,
): Promise<void> {
  using interrupt = onInterrupt();
  const options = { services, source: 'cli', maxCrashes: Number.POSITIVE_INFINITY };
  const platform = await startPlatform(config, options).catch((error: unknown) => {
    if (!interrupt.signal.aborted) throw error; // else it breaks because it is being stopped
  });
  if (!platform) return;
  try {
    onReady(platform);
    if (!interrupt.signal.aborted) await once(interrupt.signal, 'abort');
  } finally {
    await platform.close();
  }
}
