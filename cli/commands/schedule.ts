import { basename, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { identifier } from '../../kernel/texts.ts';
import { declaredTasks } from '../../operations/declared.ts';
import type { Session } from '../../operations/session.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import type { ScheduleRequested } from '../../schemas/events.generated.ts';
import {
  assertDue,
  MISFIRES,
  nextDue,
  nextDues,
  SCHEDULE_ACTIONS,
  type ScheduleAction,
} from '../../schemas/schedules/cron.ts';
import { taskNamed } from '../../tasks/registry.ts';
import { action, type Invocation } from '../action.ts';
import { answerTo } from '../answer.ts';
import { checked, count, MODEL_OPTION, oneOf, REASON, withBy } from '../arguments.ts';
import {
  REMOTE_SOURCES,
  refuseSourceOptions,
  remoteSource,
  SOURCE_OPTIONS,
  sourceOptionsIn,
} from '../collect/request.ts';
import { modelNamed } from '../declare.ts';
import { describeEvent } from '../describe-event.ts';
import { about } from '../help.ts';
import { readInputFile } from '../input-file.ts';
import { addList, cell, day } from '../listing.ts';
import { toMinute } from '../moment.ts';
import { withSession } from '../session.ts';

const BY_SCHEDULER = { refused: 'ScheduleRefused', service: 'scheduler' } as const;

interface Asking {
  reason: string;
  by: string;
}

interface Setting extends Asking, Readonly<Record<string, unknown>> {
  cron: string;
  timeZone: string;
  action: ScheduleAction;
  misfire: string;
  model?: string;
  task?: string;
  file?: string;
  remote?: string;
  folder?: string;
  days?: number;
  sinceTraining?: boolean;
}

const SHOWN_DUES = 3;

/** `epochlog schedule set | list | remove`. */
export function register(program: Command): void {
  const schedule = about(program.command('schedule'), 'production', [
    "npx epochlog schedule set weekly-training --cron '0 6 * * 1' --time-zone Europe/Berlin --action train",
    "npx epochlog schedule set nightly-check --cron '30 2 * * *' --action drift --model account-health",
    "npx epochlog schedule set weekly-labels --cron '0 7 * * 1' --action label --model account-health",
    'npx epochlog schedule list',
    'npx epochlog schedule remove nightly-check',
  ]).description(
    'ask for trainings, drift checks, collections, reports and queues of labels at certain times',
  );

  const set = schedule
    .command('set')
    .argument('<name>', 'of the schedule; one of the same name is replaced', checked('name', identifier))
    .description('declare a schedule: what is asked for, and when')
    .requiredOption(
      '--cron <expression>',
      'minute, hour, day of the month, month, day of the week',
      checked('--cron', identifier),
    )
    .option('--time-zone <name>', 'of the expression', checked('--time-zone', identifier), 'UTC')
    .requiredOption('--action <name>', SCHEDULE_ACTIONS.join(', '), oneOf('--action', SCHEDULE_ACTIONS))
    .option(
      '--misfire <policy>',
      'of due times while nothing ran: once (one for all), all, skip',
      oneOf('--misfire', MISFIRES),
      'once',
    )
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier))
    .option('--task <name>', 'of collect: what they are records of', checked('--task', identifier))
    .option('--file <file>', 'of collect: the records, as `collect` takes them')
    .option('--remote <source>', `of collect, in place of a file: ${[...REMOTE_SOURCES.keys()].join(', ')}`)
    .option(
      '--folder <folder>',
      'of collect, in place of a file: files of a folder that are new; EPOCHLOG_COLLECTOR_FOLDERS must allow it',
    )
    .addOption(
      new Option('--days <number>', 'of collect: only so many days up to the due time')
        .argParser(count)
        .conflicts('sinceTraining'),
    )
    .option('--since-training', 'of collect: only what came since the last dataset of the task was sealed');
  for (const { option } of SOURCE_OPTIONS) set.addOption(option);
  action<Setting>(withReason(set), setSchedule);

  addList(schedule, {
    description: 'the schedules there are, and when they come due',
    query: 'schedules/list',
    params: { after: [] },
    columns: {
      schedule: cell('schedule'),
      action: ({ action, model, task }) => `${action} ${model ?? task}`,
      cron: cell('cron'),
      'time zone': cell('timeZone'),
      last: ({ lastDueAt }) => day(lastDueAt),
      next: ({ active, cron, timeZone }) =>
        active ? minuteOf(nextDue({ cron: String(cron), timeZone: String(timeZone) }, Date.now())) : 'ended',
      'came due': cell('dueTimes'),
      late: cell('misfires'),
    },
  });

  const remove = schedule
    .command('remove')
    .argument('<name>', 'of the schedule', checked('name', identifier))
    .description('end a schedule');
  action<Asking>(withReason(remove), async ({ reason, by }, { config, output }, name = '') =>
    withSession(config, async (session) => {
      const asked = newEvent('ScheduleRemovalRequested', { schedule: name, reason, requestedBy: by });
      const removed = await answerTo(session, asked, { end: 'ScheduleRemoved', ...BY_SCHEDULER });
      output.result(removed);
      output.line(describeEvent(removed));
    }),
  );
}

const withReason = (command: Command): Command => withBy(command).option(...REASON);

const minuteOf = (time: number | undefined): string => (time === undefined ? '-' : toMinute(time));

async function setSchedule(options: Setting, invocation: Invocation, name = ''): Promise<void> {
  const { cron, timeZone, action, misfire, reason, by: requestedBy } = options;
  assertDue({ cron, timeZone }, Date.now());
  const { config, output } = invocation;
  await withSession(config, async (session) => {
    const what =
      action === 'collect' ? await sourceOf(options, session) : await modelOf(options, invocation, session);
    const asked = { schedule: name, cron, timeZone, action, misfire, reason, requestedBy, ...what };
    const declared = await answerTo(session, newEvent('ScheduleRequested', asked), {
      end: 'ScheduleDeclared',
      ...BY_SCHEDULER,
    });
    output.result(declared);
    output.line(describeEvent(declared));
    const dues = nextDues({ cron, timeZone }, Date.now(), SHOWN_DUES).map(minuteOf);
    output.line(`next due: ${dues.join(', ')}, while \`epochlog up\` runs`);
  });
}

type What = Pick<
  ScheduleRequested,
  'model' | 'task' | 'source' | 'sourceName' | 'options' | 'days' | 'folder' | 'sinceTraining'
>;

const NOTHING: What = {
  ...{ model: null, task: null, source: null, sourceName: null, options: {}, days: null },
  ...{ folder: null, sinceTraining: false },
};

async function modelOf({ model }: Setting, invocation: Invocation, { events }: Session): Promise<What> {
  const chosen = model ?? invocation.model;
  await modelNamed(events, chosen); // a misspelt one is refused before it is in the log
  return { ...NOTHING, model: chosen };
}

/** The file to collect, as an artifact; or a remote source, and what it is asked for. */
async function sourceOf(setting: Setting, { events, artifacts }: Session): Promise<What> {
  const { task, file, remote, folder, days = null, sinceTraining = false } = setting;
  const of = { ...NOTHING, days, sinceTraining };
  if (remote !== undefined && file === undefined && folder === undefined) {
    const source = remoteSource(remote);
    const { options } = source.check({ options: sourceOptionsIn(setting), from: null, to: null });
    return { ...of, task: source.task, sourceName: source.name, options };
  }
  refuseSourceOptions(setting, 'with --remote');
  if (task === undefined || (file === undefined) === (folder === undefined))
    throw new EpochlogError(
      'INPUT_INVALID',
      'a schedule that collects needs --task NAME and one of --file FILE and --folder FOLDER, or --remote SOURCE alone',
    );
  const { name } = taskNamed(await declaredTasks(events), task);
  if (folder !== undefined) {
    if (days !== null || sinceTraining)
      throw new EpochlogError(
        'INPUT_INVALID',
        '--folder takes the new files as they are: leave out --days and --since-training',
      );
    return { ...of, task: name, sourceName: basename(folder), folder: resolve(folder) };
  }
  const source = await artifacts.put(await readInputFile(file!));
  return { ...of, task: name, source, sourceName: basename(file!) };
}
