import { setTimeout as sleep } from 'node:timers/promises';
import type { EpochlogError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { isUnavailable } from './exit.ts';

const RETRY_MS = 1_000;
const REMINDER_MS = 60_000;

export interface WaitOptions {
  /** when it aborts, waiting rejects with its reason */
  signal: AbortSignal;
  /** called after each attempt that finds a server unreachable */
  onUnreachable(error: EpochlogError): void;
}

/** Repeats an attempt until no server is unreachable, and returns its result. Other errors are thrown at once. */
export async function waitForBackends<T>(
  attempt: () => Promise<T>,
  { signal, onUnreachable }: WaitOptions,
): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted(); // the abort may be the cause
      if (!isUnavailable(error)) throw error;
      onUnreachable(error);
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** Logs what is waited for when it changes, and then once a minute. `url` is the health endpoint of this process. */
export function reminder(logger: Logger, url: string): (error: EpochlogError) => void {
  let last: { code: string; at: number } | undefined;
  return ({ code, message }) => {
    const now = performance.now();
    if (last?.code === code && now - last.at < REMINDER_MS) return;
    last = { code, at: now };
    logger.warn({ code, url }, `${message}; waiting for it`);
  };
}
