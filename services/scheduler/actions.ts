import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { ScheduleDeclared } from '../../schemas/events.generated.ts';
import { SCHEDULE_ACTIONS, type ScheduleAction } from '../../schemas/schedules/cron.ts';

const DAY_MS = 86_400_000;
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

type About = 'model' | 'task' | 'sourceName';

interface Action {
  /** the fields that a schedule with it must say */
  readonly needs: readonly About[];
  /** what it asks for at a due time */
  ask(schedule: ScheduleDeclared, dueAt: number): NewEvent[];
}

const reasonOf = ({ schedule, reason }: ScheduleDeclared) => `schedule ${schedule}: ${reason}`;

const ACTIONS: Readonly<Record<ScheduleAction, Action>> = {
  train: {
    needs: ['model'],
    ask: (schedule) => [
      newEvent('TrainingPlanRequested', {
        model: schedule.model ?? '',
        reason: reasonOf(schedule),
        requestedBy: schedule.requestedBy,
        engine: null,
        params: {},
        seed: null,
        promote: true,
        fromVersion: null,
        seeds: {},
        checkpointEvery: null,
        keepBest: null,
        change: null,
      }),
    ],
  },
  drift: {
    needs: ['model'],
    ask: (schedule) => [
      newEvent('DriftCheckRequested', {
        monitorId: `${schedule.model}/drift`,
        model: schedule.model ?? '',
        reason: reasonOf(schedule),
        requestedBy: schedule.requestedBy,
      }),
    ],
  },
  collect: {
    needs: ['task', 'sourceName'],
    ask: (schedule, dueAt) => {
      const about = {
        collectionId: `${schedule.schedule}-${new Date(dueAt).toISOString()}`,
        task: schedule.task ?? '',
        sourceName: schedule.sourceName ?? '',
        from: schedule.days === null ? null : dayOf(dueAt - schedule.days * DAY_MS),
        to: schedule.days === null ? null : dayOf(dueAt),
        requestedBy: schedule.requestedBy,
      };
      const { source, options } = schedule;
      if (source === null)
        return [newEvent('RemoteCollectionRequested', { ...about, options, continues: null })];
      return [newEvent('CollectionRequested', { ...about, source, generated: false })];
    },
  },
  report: {
    needs: ['model'],
    ask: (schedule, dueAt) => [
      newEvent('ReportRequested', {
        reportId: `${schedule.schedule}-${new Date(dueAt).toISOString()}`,
        model: schedule.model ?? '',
        kind: 'drift',
        reason: reasonOf(schedule),
        requestedBy: schedule.requestedBy,
      }),
    ],
  },
};

const isAction = (name: string): name is ScheduleAction =>
  (SCHEDULE_ACTIONS as readonly string[]).includes(name);

/** What a schedule asks for at a due time. */
export const askedAt = (schedule: ScheduleDeclared, dueAt: number): NewEvent[] =>
  isAction(schedule.action) ? ACTIONS[schedule.action].ask(schedule, dueAt) : [];

/** What is wrong with the action of a schedule; undefined when nothing is. */
export function faultOfAction(asked: Pick<ScheduleDeclared, 'action' | About>): string | undefined {
  if (!isAction(asked.action))
    return `there is no action '${asked.action}': name one of ${SCHEDULE_ACTIONS.join(', ')}`;
  const missing = ACTIONS[asked.action].needs.filter((field) => !asked[field]);
  return missing.length > 0
    ? `a schedule that asks for ${asked.action} needs ${missing.join(', ')}`
    : undefined;
}
