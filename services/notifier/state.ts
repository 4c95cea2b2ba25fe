import { newEvent, type RecordedEvent, type Timer } from '../../schemas/catalogue.ts';
import type { NotificationPlanned } from '../../schemas/events.generated.ts';
import { keepHour, type ToldHours } from './dead-letters.ts';

/** A notification that is neither sent nor given up. */
export interface Pending {
  readonly planned: NotificationPlanned;
  /** that were made */
  readonly attempts: number;
  /** milliseconds since the epoch; undefined when an attempt is due */
  readonly retryAt: number | undefined;
}

export interface Notifications {
  /** by id */
  readonly pending: Map<string, Pending>;
  /** when channels were told of dead letters */
  readonly hours: ToldHours;
}

export const initialState = (): Notifications => ({ pending: new Map(), hours: new Map() });

/** The facts from which the state follows. */
export const CHANGES = [
  'NotificationPlanned',
  'NotificationAttemptFailed',
  'NotificationRetryDue',
  'NotificationSent',
  'NotificationFailed',
] as const;

/** Changes the state in place. */
export function evolve({ pending, hours }: Notifications, event: RecordedEvent): void {
  switch (event.type) {
    case 'NotificationPlanned':
      pending.set(event.data.notificationId, { planned: event.data, attempts: 0, retryAt: undefined });
      keepHour(hours, event.data);
      break;
    case 'NotificationAttemptFailed': {
      const { notificationId, attempt, retryAt } = event.data;
      const known = pending.get(notificationId);
      if (known) pending.set(notificationId, { ...known, attempts: attempt, retryAt });
      break;
    }
    case 'NotificationRetryDue': {
      const { notificationId } = event.data;
      const known = pending.get(notificationId);
      if (known) pending.set(notificationId, { ...known, retryAt: undefined });
      break;
    }
    case 'NotificationSent':
    case 'NotificationFailed':
      pending.delete(event.data.notificationId);
      break;
  }
}

/** A timer for each notification that waits for its next attempt. */
export const timers = ({ pending }: Notifications): Timer[] =>
  [...pending].flatMap(([notificationId, { attempts, retryAt }]) =>
    retryAt === undefined
      ? []
      : [
          {
            id: `${notificationId}/${attempts}`,
            dueAt: retryAt,
            event: newEvent('NotificationRetryDue', {
              notificationId,
              attempt: attempts + 1,
              dueAt: retryAt,
            }),
          },
        ],
  );
