import { type LoggedEvent, type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { type Channel, type Channels, templateOf } from './channels.ts';
import { type Message, messageOf, type Notified } from './messages.ts';
import { inWords } from './templates.ts';

/** What a message is about, and what identifies it. */
export interface About {
  readonly eventId: string;
  /** by which channels choose and templates are found */
  readonly eventType: string;
  /** kind of an alert; undefined of anything else */
  readonly kind?: string | undefined;
  notificationId(channel: string): string;
}

/** Tells every channel that wants to know of an event, unless it is too old to be news. */
export function planned(event: LoggedEvent<Notified>, channels: Channels, oldest: number): NewEvent[] {
  if (event.time < oldest || isSilenced(event)) return [];
  const about = { eventId: event.id, eventType: event.type, kind: kindOf(event.data) };
  return told(
    messageOf(event),
    { ...about, notificationId: (channel) => `${event.id}/${channel}` },
    channels,
  );
}

/** Tells every channel that wants to know a message. */
export function told(message: Message, about: About, { channels, publicUrl }: Channels): NewEvent[] {
  return channels
    .filter((channel) => wants(channel, about, message))
    .map((channel) => {
      const { path, ...words } = message;
      const { eventId, eventType } = about;
      const link = publicUrl === undefined ? null : `${publicUrl}${path}`;
      const sent = { ...words, channel: channel.name, eventType, link };
      return newEvent('NotificationPlanned', {
        notificationId: about.notificationId(channel.name),
        kind: channel.kind,
        eventId,
        ...sent,
        ...inWords(sent, templateOf(channel, eventType)),
      });
    });
}

/** No notification is sent of an alert in a silence. */
const isSilenced = ({ data }: LoggedEvent<Notified>): boolean =>
  'silenceId' in data && data.silenceId !== null;

/** What an alert is about; of other events nothing. */
const kindOf = (data: LoggedEvent<Notified>['data']): string | undefined =>
  'cause' in data ? data.cause : 'monitorId' in data ? data.monitorId.split('/').at(-1) : undefined;

/** Whether a channel wants to know a message. */
export const wants = (
  { events, models, severities, kinds }: Channel,
  { eventType, kind }: About,
  { model, severity }: Message,
): boolean =>
  (events?.includes(eventType) ?? true) &&
  (models === undefined || (model !== null && models.includes(model))) &&
  (severities?.includes(severity) ?? true) &&
  isOfKind(kinds, kind);

/** Kinds are of alerts: they keep no other event away. */
const isOfKind = (kinds: readonly string[] | undefined, kind: string | undefined): boolean =>
  kinds === undefined || kind === undefined || kinds.includes(kind);
