import { suggestion } from '../../kernel/nearest.ts';
import { type NewEvent, newEvent, reactorService, type ServiceContext } from '../../schemas/catalogue.ts';
import type { NotificationTestRequested } from '../../schemas/events.generated.ts';
import { type Channels, readChannels } from './channels.ts';
import { deadLetterTold } from './dead-letters.ts';
import { deliver } from './delivery.ts';
import { NOTIFIED, type Notified } from './messages.ts';
import { planned } from './plan.ts';
import { type NotifierSettings, settings } from './settings.ts';
import { CHANGES, evolve, initialState, type Notifications, timers } from './state.ts';

const HOUR_MS = 3_600_000;
/** Pauses after failed attempts; after the last one a notification is given up. About nine hours in all. */
const PAUSES_MS = [10, 60, 300, 900, 1_800, 3_600, 7_200, 18_000].map((seconds) => seconds * 1_000);
const MAX_PAUSE_MS = 24 * HOUR_MS;

/**
 * Tells people what happened: by Slack, Microsoft Teams, e-mail and webhooks. A message is planned for each channel by an event or by a dead letter,
 * then attempted until the channel takes it or the attempts run out; each attempt is an event. A replay sends nothing.
 */
export const service = reactorService({
  name: 'notifier',
  settings,
  reactsTo: [...NOTIFIED, 'NotificationTestRequested', 'NotificationPlanned', 'NotificationRetryDue'],
  stateFrom: CHANGES,
  watchesDeadLetters: true,
  start(context: ServiceContext<NotifierSettings>) {
    const channels = readChannels(context.settings.channels);
    let state = initialState();
    const attempt = (id: string) => attempted(state, id, channels, context);
    const oldest = () => context.clock.now() - context.settings.maxAgeHours * HOUR_MS;
    const openOf = async (service: string) => (await context.deadLetters.list({ service })).length;
    const plans = Object.fromEntries(
      NOTIFIED.map((type) => [
        type,
        (event: Parameters<typeof planned>[0]) => planned(event, channels, oldest()),
      ]),
    ) as Record<Notified, (event: Parameters<typeof planned>[0]) => NewEvent[]>;
    return {
      evolve: (event) => evolve(state, event),
      timers: () => timers(state),
      snapshot: () => state,
      resume(saved: unknown) {
        state = saved as Notifications;
      },
      deadLetter: (deadLetter) =>
        deadLetter.time < oldest()
          ? []
          : deadLetterTold(deadLetter, { hours: state.hours, channels, now: context.clock.now(), openOf }),
      on: {
        ...plans,
        NotificationTestRequested: ({ id, data }) => tested(id, data, channels),
        NotificationPlanned: ({ data }) => attempt(data.notificationId),
        NotificationRetryDue: ({ data }) => attempt(data.notificationId),
      },
    };
  },
});

/** A message for a test, or that there is no such channel. */
function tested(
  eventId: string,
  { notificationId, channel, requestedBy }: NotificationTestRequested,
  { channels }: Channels,
): NewEvent[] {
  const found = channels.find(({ name }) => name === channel);
  if (!found) {
    const names = channels.map(({ name }) => name);
    const reason = `there is no channel ${channel}; ${suggestion(channel, names)} Channels are in the file that EPOCHLOG_NOTIFIER_CHANNELS names`;
    return [
      newEvent('NotificationFailed', {
        notificationId,
        channel,
        eventId,
        attempt: 0,
        code: 'NOT_FOUND',
        reason,
      }),
    ];
  }
  return [
    newEvent('NotificationPlanned', {
      notificationId,
      channel,
      kind: found.kind,
      eventId,
      eventType: 'NotificationTestRequested',
      model: null,
      severity: 'info',
      title: 'a test of epochlog',
      text: `${requestedBy} asked for it: this channel works`,
      link: null,
    }),
  ];
}

/** Tries to send what is pending. */
async function attempted(
  { pending }: Notifications,
  notificationId: string,
  { channels }: Channels,
  { clock, settings: { timeoutMs }, signal }: ServiceContext<NotifierSettings>,
): Promise<NewEvent[]> {
  const known = pending.get(notificationId);
  if (!known) return []; // sent already
  const { planned, attempts } = known;
  const { eventId, channel } = planned;
  const about = { notificationId, channel, eventId };
  const target = channels.find(({ name }) => name === channel);
  if (!target) {
    const reason = `the channel ${channel} is no longer in the file`;
    return [newEvent('NotificationFailed', { ...about, attempt: attempts, code: 'NOT_FOUND', reason })];
  }
  const failure = await deliver(target, { planned, now: clock.now(), timeoutMs, signal });
  const attempt = attempts + 1;
  if (!failure) return [newEvent('NotificationSent', { ...about, attempt })];
  const { code, reason, isRetriable, retryAfter = 0 } = failure;
  const pause = PAUSES_MS[attempts];
  const isTest = planned.eventType === 'NotificationTestRequested'; // who asked waits for the answer
  if (!isRetriable || isTest || pause === undefined)
    return [newEvent('NotificationFailed', { ...about, attempt, code, reason })];
  const retryAt = clock.now() + Math.min(Math.max(pause, retryAfter), MAX_PAUSE_MS);
  return [newEvent('NotificationAttemptFailed', { ...about, attempt, code, reason, retryAt })];
}
