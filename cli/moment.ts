import { momentOf } from '../kernel/event.ts';

/** A time to the second, in UTC, as columns have room for it. */
export const shortTime = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');

/** The same to the minute. */
export const toMinute = (milliseconds: number): string => shortTime(milliseconds).slice(0, 16);

/** When what an event tells was; of replayed data that is not when it was written. */
export const shortMoment = (event: { time: number; instant?: number | undefined }): string =>
  shortTime(momentOf(event));
