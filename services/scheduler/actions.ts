import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { ScheduleDeclared } from '../../schemas/events.generated.ts';
import { QUEUE_DEFAULTS } from '../../schemas/labelqueues/defaults.ts';
import type { ProductionVersion } from '../../schemas/models/production.ts';
import { SCHEDULE_ACTIONS, type ScheduleAction } from '../../schemas/schedules/cron.ts';

const DAY_MS = 86_400_000;
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

type About = 'model' | 'task' | 'sourceName';

/** What is known at a due time. */
export interface Known {
  /** when the last dataset of the task was sealed for a training, milliseconds since the epoch */
  readonly sealedAt: number | undefined;
  /** the version of the model that is in production */
  readonly production: ProductionVersion | undefined;
}

interface Action {
  /** the fields that a schedule with it must say */
  readonly needs: readonly About[];
  /** what it asks for at a due time */
  ask(schedule: ScheduleDeclared, dueAt: number, known: Known): NewEvent[];
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
        reuse: true,
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
    ask: (schedule, dueAt, { sealedAt }) => {
      const about = {
        collectionId: `${schedule.schedule}-${new Date(dueAt).toISOString()}`,
        task: schedule.task ?? '',
        sourceName: schedule.sourceName ?? '',
        from: schedule.days === null ? null : dayOf(dueAt - schedule.days * DAY_MS),
        to: schedule.days === null ? null : dayOf(dueAt),
        requestedBy: schedule.requestedBy,
      };
      const { source, options, folder, sinceTraining } = schedule;
      if (folder !== null) {
        const { collectionId, task, requestedBy } = about;
        return [newEvent('FolderCollectionRequested', { collectionId, task, folder, requestedBy })];
      }
      // a day earlier: what was published just before the training may have been listed only after it
      if (sinceTraining && sealedAt !== undefined) about.from = dayOf(sealedAt - DAY_MS);
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
  label: {
    needs: ['model'],
    ask: ({ schedule, model: named, requestedBy }, dueAt, { production }) => {
      const model = named ?? '';
      if (!production) {
        const reason = `no version of ${model} is in production: nothing says which samples it is least certain of`;
        return [newEvent('ScheduleRefused', { schedule, code: 'NOT_FOUND', reason, requestedBy })];
      }
      const { version, package: digest } = production;
      const queueId = `${schedule}-${new Date(dueAt).toISOString()}`;
      const of = { queueId, model, version, package: digest, requestedBy };
      return [newEvent('LabelQueueRequested', { ...QUEUE_DEFAULTS, ...of })];
    },
  },
};

const isAction = (name: string): name is ScheduleAction =>
  (SCHEDULE_ACTIONS as readonly string[]).includes(name);

/** What a schedule asks for at a due time. */
export const askedAt = (schedule: ScheduleDeclared, dueAt: number, known: Known): NewEvent[] =>
  isAction(schedule.action) ? ACTIONS[schedule.action].ask(schedule, dueAt, known) : [];

/** What is wrong with the action of a schedule; undefined when nothing is. */
export function faultOfAction(
  asked: Pick<ScheduleDeclared, 'action' | 'days' | 'folder' | 'sinceTraining' | 'source' | About>,
): string | undefined {
  if (!isAction(asked.action))
    return `there is no action '${asked.action}': name one of ${SCHEDULE_ACTIONS.join(', ')}`;
  if (asked.folder !== null && asked.source !== null)
    return 'a schedule collects a file or a folder, not both';
  if (asked.sinceTraining && asked.days !== null)
    return 'a schedule collects so many days, or what came since the last training, not both';
  const missing = ACTIONS[asked.action].needs.filter((field) => !asked[field]);
  return missing.length > 0
    ? `a schedule that asks for ${asked.action} needs ${missing.join(', ')}`
    : undefined;
}
