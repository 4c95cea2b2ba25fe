import { setTimeout as sleep } from 'node:timers/promises';
import type { EpochlogError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { isUnavailable } from './exit.ts';

const RETRY_MS = 1_000;
const REMINDER_MS = 60_000;

export interface Patience {
  /** ends the waiting: it rejects with the signal's reason */
  signal: AbortSignal;
  /** told of each attempt that finds a server away */
  onAway(error: EpochlogError): void;
}

/** The result of the first attempt that finds all servers. What waiting does not mend is thrown at once. */
export async function untilAnswered<T>(attempt: () => Promise<T>, { signal, onAway }: Patience): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted(); // it may have failed for that
      if (!isUnavailable(error)) throw error;
      onAway(error);
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/**
 * Logs what is waited for: when that begins, when it is something else, and then once a minute. `url` is where this
 * process can be asked meanwhile.
 */
export function reminder(logger: Logger, url: string): (error: EpochlogError) => void {
  let last: { code: string; at: number } | undefined;
  return ({ code, message }) => {
    const now = performance.now();
    if (last?.code === code && now - last.at < REMINDER_MS) return;
    last = { code, at: now };
    logger.warn({ code, url }, `${message}; waiting for it`);
  };
}
