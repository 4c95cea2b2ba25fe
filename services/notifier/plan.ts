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
  if (event.time < oldest || isSilenced(event)) return [];
  const message = messageOf(event);
  return channels
    .filter((channel) => wants(channel, event, message))
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

/** Of an alert in a silence nobody is told. */
const isSilenced = ({ data }: LoggedEvent<Notified>): boolean =>
  'silenceId' in data && data.silenceId !== null;

/** What an alert is about; of other events nothing. */
const kindOf = (data: LoggedEvent<Notified>['data']): string | undefined =>
  'cause' in data ? data.cause : 'monitorId' in data ? data.monitorId.split('/').at(-1) : undefined;

const wants = (
  { events, models, severities, kinds }: Channel,
  { type, data }: LoggedEvent<Notified>,
  { model, severity }: Message,
): boolean =>
  (events?.includes(type) ?? true) &&
  (models === undefined || (model !== null && models.includes(model))) &&
  (severities?.includes(severity) ?? true) &&
  isOfKind(kinds, kindOf(data));

/** Kinds are of alerts: they keep no other event away. */
const isOfKind = (kinds: readonly string[] | undefined, kind: string | undefined): boolean =>
  kinds === undefined || kind === undefined || kinds.includes(kind);
