import { Cron } from 'croner';
import { EpochlogError } from '../../kernel/errors.ts';

/** What a schedule does when it is due. */
export const SCHEDULE_ACTIONS = ['train', 'drift', 'collect', 'report', 'label'] as const;
export type ScheduleAction = (typeof SCHEDULE_ACTIONS)[number];

/** What becomes of due times that passed while nothing ran. */
export const MISFIRES = ['once', 'all', 'skip'] as const;

/** A cron expression in a time zone. */
export interface When {
  readonly cron: string;
  readonly timeZone: string;
}

/**
 * The first due time after a moment. An hour that summer time leaves out is moved to the next one that exists; of an hour that
 * comes twice the first counts (croner does both).
 *
 * @param after milliseconds since the epoch
 * @returns likewise; undefined when there is none, such as of February 30
 * @throws INPUT_INVALID when the expression or the time zone does not exist
 */
export const nextDue = (when: When, after: number): number | undefined =>
  cronOf(when).nextRun(new Date(after))?.getTime();

/** The next due times after a moment, in ascending order. @throws INPUT_INVALID */
export const nextDues = (when: When, after: number, count: number): number[] =>
  cronOf(when)
    .nextRuns(count, new Date(after))
    .map((due) => due.getTime());

/** INPUT_INVALID unless both exist and the expression is ever due after `now`. */
export function assertDue(when: When, now: number): void {
  if (nextDue(when, now) !== undefined) return;
  throw invalid(`'${when.cron}' never comes due: there is no such day`);
}

function cronOf({ cron, timeZone }: When): Cron {
  assertTimeZone(timeZone);
  try {
    return new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const fields = cron.trim().split(/\s+/).length;
    const why =
      fields === 5
        ? error.message.replace(/^CronPattern: /, '').replace(/\.+$/, '')
        : `it has ${fields} fields`;
    throw invalid(
      `'${cron}' is no cron expression: ${why}. One has five fields, minute, hour, day of the month, month and day of the week: '0 6 * * 1' is Monday at 6`,
    );
  }
}

function assertTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw invalid(`there is no time zone '${timeZone}': name one such as Europe/Berlin or UTC`);
  }
}

const invalid = (message: string) => new EpochlogError('INPUT_INVALID', message);
