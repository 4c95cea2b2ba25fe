import { EpochlogError } from './errors.ts';

/** Milliseconds since the epoch. The only source of time for what becomes an event. */
export type Clock = () => number;

/** Refuses a moment after `now` (both in milliseconds since the epoch): of what has not come nothing can be said. */
export function refuseFuture(text: string, moment: number, now: number): void {
  if (moment <= now) return;
  const present = new Date(now).toISOString();
  throw new EpochlogError(
    'INPUT_INVALID',
    `'${text}' has not come yet, it is ${present}: name a time before`,
  );
}
