import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { ScheduleRequested } from '../../schemas/events.generated.ts';

/** A drift check each Monday at 6 in Berlin, but for what is `given`. */
export const requested = (given: Partial<ScheduleRequested> = {}): NewEvent<'ScheduleRequested'> =>
  newEvent('ScheduleRequested', {
    schedule: 'weekly',
    cron: '0 6 * * 1',
    timeZone: 'Europe/Berlin',
    action: 'drift',
    misfire: 'once',
    model: 'topics',
    task: null,
    source: null,
    sourceName: null,
    options: {},
    days: null,
    folder: null,
    sinceTraining: false,
    reason: 'as agreed',
    requestedBy: 'ada',
    ...given,
  });
