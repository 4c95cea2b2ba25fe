import { type LoggedEvent, type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { type Channel, type Channels, templateOf } from './channels.ts';
import { type Message, messageOf, type Notified } from './messages.ts';
import { inWords } from './templates.ts';

/** Tells every channel that wants to know of an event, unless it is too old to be news. */
export function planned(
  event: LoggedEvent<Notified>,
  { channels, publicUrl }: Channels,
  oldest: number,
): NewEvent[] {
  if (event.time < oldest) return [];
  const message = messageOf(event);
  return channels
    .filter((channel) => wants(channel, event.type, message))
    .map((channel) => {
      const { path, ...words } = message;
      const link = publicUrl === undefined ? null : `${publicUrl}${path}`;
      const told = { ...words, channel: channel.name, eventType: event.type, link };
      return newEvent('NotificationPlanned', {
        notificationId: `${event.id}/${channel.name}`,
        kind: channel.kind,
        eventId: event.id,
        ...told,
        ...inWords(told, templateOf(channel, event.type)),
      });
    });
}

const wants = (
  { events, models, severities }: Channel,
  type: string,
  { model, severity }: Message,
): boolean =>
  (events?.includes(type) ?? true) &&
  (models === undefined || (model !== null && models.includes(model))) &&
  (severities?.includes(severity) ?? true);
