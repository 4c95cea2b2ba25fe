import type { DeadLetterRecord } from '../../kernel/dead-letters/dead-letter.ts';
import type { NewEvent } from '../../schemas/catalogue.ts';
import type { NotificationPlanned } from '../../schemas/events.generated.ts';
import type { Channels } from './channels.ts';
import { DEAD_LETTERS, type Message } from './messages.ts';
import { told, wants } from './plan.ts';

/** The hour of the newest dead letter of a service that a channel was told of: by both. */
export type ToldHours = Map<string, string>;

/** A client may write what it likes into the headers. */
const SERVICE = /^[a-z][a-z0-9-]{0,62}$/;
const UNKNOWN = 'unknown';
const MAX_MESSAGE = 1_000;
const HOUR = 'yyyy-mm-ddThh'.length;

/** `dead-letters/<service>/<channel>/<hour>`; a channel is told once an hour, because one cause often spoils many events. */
const idOf = (service: string, channel: string, hour: string) => `dead-letters/${service}/${channel}/${hour}`;
const HOUR_IN_ID = /^(?<key>dead-letters\/.*)\/(?<hour>[^/]+)$/;

/** Keeps the hour of a notification of dead letters; changes the hours in place. */
export function keepHour(hours: ToldHours, { notificationId, eventType }: NotificationPlanned): void {
  const { key, hour } = HOUR_IN_ID.exec(notificationId)?.groups ?? {};
  if (eventType === DEAD_LETTERS && key !== undefined && hour !== undefined) hours.set(key, hour);
}

const serviceOf = ({ service }: DeadLetterRecord): string => (SERVICE.test(service) ? service : UNKNOWN);

/** What the planning of a notification needs beside the dead letter. */
export interface DeadLetterContext {
  readonly hours: ToldHours;
  readonly channels: Channels;
  /** milliseconds since the epoch: a later time of a dead letter is one that a client made up */
  readonly now: number;
  /** how many dead letters of a service are open */
  openOf(service: string): Promise<number>;
}

/**
 * Tells every channel that wants to know of a dead letter, unless it was told of one of the same service in that hour. If no dead letter
 * of the service is open any more, no channel is told.
 */
export async function deadLetterTold(
  deadLetter: DeadLetterRecord,
  { hours, channels, now, openOf }: DeadLetterContext,
): Promise<NewEvent[]> {
  const service = serviceOf(deadLetter);
  const hour = new Date(Math.min(deadLetter.time, now)).toISOString().slice(0, HOUR);
  const about = {
    eventId: deadLetter.eventId || deadLetter.id,
    eventType: DEAD_LETTERS,
    notificationId: (channel: string) => idOf(service, channel, hour),
  };
  const untold = channels.channels.filter(
    (channel) =>
      wants(channel, about, messageOf(deadLetter, service, 1)) &&
      !isTold(hours, idOf(service, channel.name, hour)),
  );
  if (untold.length === 0) return []; // the queue is not read for each of many
  const open = await openOf(deadLetter.service);
  if (open === 0) return [];
  return told(messageOf(deadLetter, service, open), about, { ...channels, channels: untold });
}

/** Whether the channel was told in this hour, or in a later one. */
function isTold(hours: ToldHours, notificationId: string): boolean {
  const { key = '', hour = '' } = HOUR_IN_ID.exec(notificationId)?.groups ?? {};
  return (hours.get(key) ?? '') >= hour;
}

function messageOf(
  { id, type, subject, step, code, message, attempt }: DeadLetterRecord,
  service: string,
  open: number,
): Message {
  const what = [type || 'a record', subject && `of ${subject}`].filter(Boolean).join(' ');
  const again = attempt > 1 ? ` again (attempt ${attempt})` : '';
  return {
    severity: 'warning',
    title: `${open} open dead ${open === 1 ? 'letter' : 'letters'} of ${service}`,
    text: `${id}: ${service} could not ${step === 'decode' ? 'decode' : 'process'} ${what}${again} (${code}): ${message.slice(0, MAX_MESSAGE)}`.toWellFormed(),
    path: '/console/operations',
    model: null,
  };
}
