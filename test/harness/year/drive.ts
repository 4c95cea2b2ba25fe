import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { declareModel } from '../../../cli/declare.ts';
import { readLifecycleRecords } from '../../../cli/lifecycle/records.ts';
import type { LifecycleRecord } from '../../../operations/lifecycle/plan.ts';
import { readProgress } from '../../../operations/lifecycle/progress.ts';
import { type NewEvent, newEvent } from '../../../schemas/catalogue.ts';
import type { ScheduleRequested } from '../../../schemas/events.generated.ts';
import type { ScheduleAction } from '../../../schemas/schedules/cron.ts';
import { loadTasks } from '../../../tasks/load.ts';
import { shippedModels } from '../../../tasks/models.ts';
import { taskNamed } from '../../../tasks/registry.ts';
import type { SimulatedSystem } from './system.ts';

export const MODEL = 'arxiv-classifier';
const TASK = 'arxiv';
const BY = 'simulation';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOON = 12 * HOUR_MS;
const SUNDAY_EVENING = 6 * DAY_MS + 18 * HOUR_MS;
const PREDICTIONS_PER_CALL = 64;
const OUTCOMES_PER_CALL = 500;

/** What is simulated. */
export interface Simulation {
  /** file of records, an object a line, gzip or not */
  readonly records: string;
  /** a Monday: what was published before is collected, and the first version trained, at its beginning */
  readonly from: string;
  readonly weeks: number;
  /** when a training is asked for, cron in Berlin; null: only what the policy triggers is trained */
  readonly training: string | null;
  /** of the model, YAML */
  readonly policy: string;
  /** settings of services, as they stand in the environment */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Weeks in the life of a model, each driven by schedules alone: on Monday the records of the week before are collected; on Wednesday its drift is checked; on the first of a month it is reported on; trainings come when they are asked for or triggered. From outside come predictions,
 * each day at noon of what was published on it, and on Sunday the true labels of the week. What the log has already is
 * not asked for again, so that a simulation that was killed goes on.
 *
 * @param onWeek called after each week
 */
export async function driveWeeks(
  system: SimulatedSystem,
  simulation: Simulation,
  onWeek: (week: number) => void = () => {},
): Promise<void> {
  const { events } = system.services;
  const { records: path, from, weeks } = simulation;
  const file = { name: basename(path), bytes: await readFile(path) };
  const { records } = await readLifecycleRecords(file, taskNamed(await loadTasks(), TASK), from);
  await system.quiet();
  await begin(system, simulation, file);
  const { predictions, outcomes } = await readProgress(events, MODEL);
  const byDay = Map.groupBy(records, ({ time }) => Math.floor((time - Date.parse(from)) / DAY_MS));
  for (let week = 0; week < weeks; week++) {
    const begins = Date.parse(from) + 7 * week * DAY_MS;
    const days = Array.from({ length: 7 }, (_, day) => byDay.get(7 * week + day) ?? []);
    for (const [day, published] of days.entries()) {
      await system.advance(begins + day * DAY_MS + NOON);
      await predict(system, published, predictions);
    }
    await system.advance(begins + SUNDAY_EVENING);
    await observe(system, days.flat(), outcomes);
    await system.advance(begins + 7 * DAY_MS);
    onWeek(week + 1);
  }
}

const requestOf = ({ number }: LifecycleRecord) => `year-${number}`;

/** Declares the model and its schedules, collects what there was before, and trains the first version. */
async function begin(
  system: SimulatedSystem,
  { from, policy, training }: Simulation,
  { name, bytes }: { name: string; bytes: Buffer },
): Promise<void> {
  const { services, publisher } = system;
  const known = new Set<string>();
  const STEPS = [
    'ModelDeclared',
    'CollectionRequested',
    'TrainingPlanRequested',
    'ScheduleRequested',
  ] as const;
  for await (const { type } of services.events.scan(STEPS)) known.add(type);
  const once = async (step: (typeof STEPS)[number], requests: () => readonly NewEvent[]) => {
    if (!known.has(step)) await publisher.publish(requests());
    await system.quiet();
  };
  const source = await services.artifacts.put(bytes);
  const shipped = (await shippedModels()).get(MODEL);
  if (!known.has('ModelDeclared'))
    await declareModel({ ...services, publisher }, { ...shipped!, policy }, BY);
  await once('CollectionRequested', () => [
    newEvent('CollectionRequested', {
      ...{ collectionId: 'year-history', task: TASK, source, sourceName: name },
      ...{ generated: false, from: null, to: from, requestedBy: BY },
    }),
  ]);
  await once('TrainingPlanRequested', () => [
    newEvent('TrainingPlanRequested', {
      ...{ model: MODEL, reason: 'the first version', requestedBy: BY, engine: null, params: {}, seed: null },
      ...{
        promote: true,
        fromVersion: null,
        seeds: {},
        checkpointEvery: null,
        keepBest: null,
        reuse: false,
        change: null,
      },
    }),
  ]);
  await once('ScheduleRequested', () => [
    schedule('weekly-collection', '0 2 * * 1', 'collect', { task: TASK, source, sourceName: name, days: 7 }),
    ...(training === null
      ? []
      : [schedule('training', training, 'train', { model: MODEL, timeZone: 'Europe/Berlin' })]),
    schedule('weekly-check', '0 3 * * 3', 'drift', { model: MODEL }),
    schedule('monthly-report', '0 9 1 * *', 'report', { model: MODEL }),
  ]);
}

const schedule = (
  name: string,
  cron: string,
  action: ScheduleAction,
  given: Partial<ScheduleRequested>,
): NewEvent =>
  newEvent('ScheduleRequested', {
    ...{ schedule: name, cron, action, timeZone: 'UTC', misfire: 'once', model: null, task: null },
    ...{
      source: null,
      sourceName: null,
      options: {},
      days: null,
      folder: null,
      sinceTraining: false,
      reason: 'it is time',
      requestedBy: BY,
    },
    ...given,
  });

/** Asks about records that are new, by the day. */
async function predict(
  system: SimulatedSystem,
  records: readonly LifecycleRecord[],
  known: ReadonlySet<string>,
): Promise<void> {
  const open = records.filter((record) => !known.has(requestOf(record)));
  for (let i = 0; i < open.length; i += PREDICTIONS_PER_CALL) {
    const instances = open
      .slice(i, i + PREDICTIONS_PER_CALL)
      .map((record) => ({ requestId: requestOf(record), id: record.id, instance: record.instance }));
    await system.post('/v1/predict', { model: MODEL, instances });
    await system.quiet();
  }
}

/** Reports the true labels of records. */
async function observe(
  system: SimulatedSystem,
  records: readonly LifecycleRecord[],
  known: ReadonlySet<string>,
): Promise<void> {
  const outcomes = records
    .filter((record) => !known.has(requestOf(record)))
    .map((record) => ({ requestId: requestOf(record), label: record.target, source: BY }));
  for (let i = 0; i < outcomes.length; i += OUTCOMES_PER_CALL) {
    await system.post('/v1/outcomes', { outcomes: outcomes.slice(i, i + OUTCOMES_PER_CALL) });
    await system.quiet();
  }
}
