import { setTimeout } from 'node:timers/promises';
import { EpochlogError } from './errors.ts';

/** The source of time of events, and of all waits of the runtime. */
export interface Clock {
  /** milliseconds since the epoch */
  now(): number;
  /** Resolves after some milliseconds; rejects with an AbortError when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const SYSTEM_CLOCK: Clock = {
  now: Date.now,
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
};

/** Refuses a moment after `now` (both in milliseconds since the epoch): of what has not come nothing can be said. */
export function refuseFuture(text: string, moment: number, now: number): void {
  if (moment <= now) return;
  const present = new Date(now).toISOString();
  throw new EpochlogError(
    'INPUT_INVALID',
    `'${text}' has not come yet, it is ${present}: name a time before`,
  );
}
