import { momentOf } from '../kernel/event.ts';

/** A time to the second, as columns have room for it and options take it: in UTC, which the Z says (RFC 3339). */
export const shortTime = (milliseconds: number): string => `${written(milliseconds).slice(0, 19)}Z`;

/** The same to the minute. */
export const toMinute = (milliseconds: number): string => `${written(milliseconds).slice(0, 16)}Z`;

const written = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('T', ' ');

/** When what an event tells was; of replayed data that is not when it was written. */
export const shortMoment = (event: { time: number; instant?: number | undefined }): string =>
  shortTime(momentOf(event));
