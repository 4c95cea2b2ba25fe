import { setTimeout as sleep } from 'node:timers/promises';
import { type Holder, type HomeLock, lockHolder, lockHome } from '../infra/home.ts';
import { EpochlogError } from '../kernel/errors.ts';

const INTERVAL_MS = 100;
/** how long services wait for a command that uses their home */
export const COMMAND_TIMEOUT_MS = 60_000;

interface Waiting {
  signal: AbortSignal;
  /** called once, with the command that is waited for */
  onWait(holder: Holder): void;
}

/**
 * Locks a home for services that are starting. A command that uses it is waited for, another process with services is
 * not: HOME_LOCKED.
 */
export async function lockForServices(home: string, { signal, onWait }: Waiting): Promise<HomeLock> {
  let isTold = false;
  for (const deadline = Date.now() + COMMAND_TIMEOUT_MS; ; ) {
    try {
      return await lockHome(home, { isStarting: true });
    } catch (error) {
      if (!(error instanceof EpochlogError) || error.code !== 'HOME_LOCKED') throw error;
      const holder = await lockHolder(home);
      const mayEnd = !holder || holder.isCommand; // without a holder it was released just now
      if (!mayEnd || Date.now() >= deadline) throw error;
      if (holder && !isTold) onWait(holder);
      isTold ||= holder !== null;
    }
    await sleep(INTERVAL_MS, undefined, { signal });
  }
}
