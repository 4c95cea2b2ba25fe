import { type LoggedEvent, type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { Channel, Channels } from './channels.ts';
import { type Message, messageOf, type Notified } from './messages.ts';

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
    .map(({ name, kind }) =>
      newEvent('NotificationPlanned', {
        notificationId: `${event.id}/${name}`,
        channel: name,
        kind,
        eventId: event.id,
        eventType: event.type,
        model: message.model,
        severity: message.severity,
        title: message.title,
        text: message.text,
        link: publicUrl === undefined ? null : `${publicUrl}${message.path}`,
      }),
    );
}

const wants = (
  { events, models, severities }: Channel,
  type: string,
  { model, severity }: Message,
): boolean =>
  (events?.includes(type) ?? true) &&
  (models === undefined || (model !== null && models.includes(model))) &&
  (severities?.includes(severity) ?? true);
