import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { EpochlogError, isErrorCode } from '../../kernel/errors.ts';
import { identifier } from '../../kernel/texts.ts';
import { declaredTasks } from '../../operations/declared.ts';
import type { Session } from '../../operations/session.ts';
import type { EventReader, NewEvent } from '../../schemas/catalogue.ts';
import type { CollectionCompleted, CollectionFailed } from '../../schemas/events.generated.ts';
import { collectedFiles } from '../../services/collector/folder.ts';
import { taskNamed } from '../../tasks/registry.ts';
import { action } from '../action.ts';
import { checked, DEFAULT_MODEL, day, withBy } from '../arguments.ts';
import {
  type CollectOptions,
  REMOTE_SOURCES,
  refuseSourceOptions,
  requestOf,
  SOURCE_OPTIONS,
} from '../collect/request.ts';
import { CollectionProgress, countSamples, summaryLines, waitingLine } from '../collect/summary.ts';
import { arrivalsIn, assertWatchable } from '../collect/watch.ts';
import { EXIT } from '../exit.ts';
import { requestAndFollow } from '../follow.ts';
import { about } from '../help.ts';
import { announceNewHome } from '../new-home.ts';
import type { Output } from '../output.ts';
import { withSessionOrNewHome } from '../session.ts';

/** `epochlog collect --task TASK FILE | --watch FOLDER`: records come in, are cleaned, deduplicated and filtered. */
export function register(program: Command): void {
  const names = [...REMOTE_SOURCES.keys()];
  const collect = about(program.command('collect'), 'data', [
    'npx epochlog collect records.jsonl.gz --to 2025-01-01',
    'npx epochlog collect --task account-health --generate 2000',
    'npx epochlog collect --task account-health --watch incoming/',
    ...names.slice(0, 1).map((name) => `npx epochlog collect ${name} --since 2026-01-01`),
  ])
    .argument(
      '[file]',
      `records: Parquet, lines of JSON, or CSV with a header; or a remote source: ${names.join(', ')}`,
    )
    .description('collect the records of a file or of a remote source')
    .option('--task <name>', 'what they are records of', checked('--task', identifier), DEFAULT_MODEL.task)
    .option('--generate <rows>', 'instead of a file: so many rows that the generator of the task makes', rows)
    .option('--from <date>', 'only records of this day or later, YYYY-MM-DD', day)
    .option('--since <date>', 'the same as --from', day)
    .option('--to <date>', 'only records before this day, YYYY-MM-DD', day)
    .addOption(
      new Option(
        '--watch <folder>',
        'instead of a file: all files of a folder and those that come, until Ctrl-C',
      ).conflicts(['generate', 'from', 'since', 'to', 'continue']),
    )
    .option(
      '--continue <collection>',
      'of a remote source: begin after the last page of this one, which failed',
      checked('--continue', identifier),
    );
  for (const { option } of SOURCE_OPTIONS) collect.addOption(option);
  action<CollectOptions>(withBy(collect), async (options, { config, output }, asked) => {
    if (options.watch !== undefined) {
      if (asked !== undefined) throw new EpochlogError('INPUT_INVALID', 'give a FILE, or --watch FOLDER');
      refuseSourceOptions(options, 'in place of --watch');
      const { watch } = options;
      await assertWatchable(watch);
      await announceNewHome(config, output, taskOf(options));
      return withSessionOrNewHome(config, (session) => watchFolder(watch, options, session, output));
    }
    const requestIn = await requestOf(asked, options, Date.now());
    const isRemote = REMOTE_SOURCES.has(asked ?? '');
    await announceNewHome(config, output, isRemote ? undefined : taskOf(options));
    await withSessionOrNewHome(config, async (session) => {
      const { records, rejected } = await collected(await requestIn(session), session, output);
      if (records === 0 && rejected > 0) process.exitCode = EXIT.refused.code;
    });
  });
}

/** Whether the task is one of those that a log declares. */
const taskOf =
  ({ task }: CollectOptions) =>
  async (events: Pick<EventReader, 'scan'>) =>
    taskNamed(await declaredTasks(events), task);

type Request = NewEvent<'CollectionRequested' | 'RemoteCollectionRequested'>;

/** Collects, and says what came of it. */
async function collected(request: Request, session: Session, output: Output): Promise<CollectionCompleted> {
  const progress = new CollectionProgress(Date.now());
  const end = await requestAndFollow(session, request, {
    ends: ['CollectionCompleted', 'CollectionFailed'],
    watched: ['PageCollected', 'PageRequestFailed'],
    onEvent: (event) =>
      output.progress(
        event.type === 'PageCollected'
          ? progress.line(event.data, Date.now())
          : waitingLine(event.data, Date.now()),
      ),
  });
  if (end.type === 'CollectionFailed') throw failureOf(end.data, request.data.sourceName);
  await session.quiet();
  const counts = await countSamples(session, end.correlationId);
  const { matchedBy, reasons, ...samples } = counts;
  const deadLetters = (await session.deadLetters.list()).length;
  output.result({ ...end.data, samples, matchedBy, reasons, deadLetters });
  for (const line of summaryLines(end.data, counts, deadLetters)) output.line(line);
  return end.data;
}

/** Collects each file of a folder once, by its content. One that cannot be collected is told, and the others go on. */
async function watchFolder(
  folder: string,
  options: CollectOptions,
  session: Session,
  output: Output,
): Promise<void> {
  output.line(
    `watching ${folder}: each file is collected when it has not changed for 2 seconds; Ctrl-C ends it`,
  );
  for await (const path of arrivalsIn(folder, session.signal)) {
    try {
      const requestIn = await requestOf(resolve(path), options, Date.now());
      const request = await requestIn(session);
      if (request.type !== 'CollectionRequested') continue;
      const isKnown = (await collectedFiles(session, request.data.task)).has(request.data.source);
      output.line(isKnown ? `${path}: collected before, with the same content` : `${path}:`);
      if (!isKnown) await collected(request, session, output);
    } catch (error) {
      const { code, message } = knownError(error);
      output.result({ error: { code, message } });
      output.line(`${path} was not collected: ${message} [${code}]`);
    }
  }
}

/** What somebody can correct; the end of a session and defects are thrown again. */
function knownError(error: unknown): EpochlogError {
  if (error instanceof EpochlogError && /^INPUT_/.test(error.code)) return error;
  throw error;
}

function failureOf({ code, reason, collectionId }: CollectionFailed, name: string): EpochlogError {
  const told = /^[ :,]/.test(reason.replace(name, '')) ? reason : `${name}: ${reason}`;
  const known = isErrorCode(code) ? code : 'INPUT_UNREADABLE';
  if (known !== 'SOURCE_UNAVAILABLE') return new EpochlogError(known, told);
  const goOn = `npx epochlog collect ${name} … --continue ${collectionId}`;
  return new EpochlogError(known, `${told}; to go on after what has come: ${goOn}`);
}

function rows(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new EpochlogError(
    'INPUT_INVALID',
    `--generate takes a number of rows from 1 to 9,999,999, not '${text}'`,
  );
}
