import { basename } from 'node:path';
import type { Command } from 'commander';
import { EpochlogError, isErrorCode } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { identifier } from '../../kernel/texts.ts';
import { declaredTasks } from '../../operations/declared.ts';
import type { Session } from '../../operations/session.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import type { CollectionCompleted } from '../../schemas/events.generated.ts';
import { taskNamed } from '../../tasks/registry.ts';
import { action } from '../action.ts';
import { checked, DEFAULT_MODEL, day, withBy } from '../arguments.ts';
import { EXIT } from '../exit.ts';
import { requestAndFollow } from '../follow.ts';
import { generatedRecords } from '../generated.ts';
import { about } from '../help.ts';
import { readInputFile } from '../input-file.ts';
import { withSessionOrNewHome } from '../session.ts';

interface Options {
  task: string;
  generate?: number;
  from?: string;
  to?: string;
  by: string;
}

const OUTCOMES = ['SampleAccepted', 'SampleDeduplicated', 'SampleRejected'] as const;

/** `epochlog collect --task TASK FILE`: records come in, are cleaned, deduplicated and filtered. */
export function register(program: Command): void {
  const collect = about(program.command('collect'), 'data', [
    'npx epochlog collect records.jsonl.gz --to 2025-01-01',
    'npx epochlog collect --task account-health --generate 2000',
  ])
    .argument('[file]', 'records: lines of JSON, or CSV with a header; gzip or plain')
    .description('collect the records of a file')
    .option('--task <name>', 'what they are records of', checked('--task', identifier), DEFAULT_MODEL.task)
    .option('--generate <rows>', 'instead of a file: so many rows that the generator of the task makes', rows)
    .option('--from <date>', 'only records of this day or later, YYYY-MM-DD', day)
    .option('--to <date>', 'only records before this day, YYYY-MM-DD', day);
  action<Options>(withBy(collect), async ({ task, generate, from, to, by }, { config, output }, path) => {
    const { name, bytes, generated } = await recordsOf(task, path, generate);
    await withSessionOrNewHome(config, async (session) => {
      const source = await session.artifacts.put(bytes);
      const collectionId = `cli-${newId(Date.now())}`;
      const range = { from: from ?? null, to: to ?? null };
      const request = newEvent('CollectionRequested', {
        collectionId,
        task: taskNamed(await declaredTasks(session.events), task).name,
        source,
        sourceName: name,
        generated,
        ...range,
        requestedBy: by,
      });
      const end = await requestAndFollow(session, request, {
        ends: ['CollectionCompleted', 'CollectionFailed'],
        watched: ['PageCollected'],
        onEvent: ({ data }) => output.progress(`page ${data.page}`),
      });
      if (end.type === 'CollectionFailed')
        throw new EpochlogError(
          isErrorCode(end.data.code) ? end.data.code : 'INPUT_UNREADABLE',
          end.data.reason.startsWith(`${name} `) ? end.data.reason : `${name}: ${end.data.reason}`,
        );
      await session.quiet();
      const samples = await countSamples(session, end.correlationId);
      const deadLetters = (await session.deadLetters.list()).length;
      output.result({ ...end.data, samples, deadLetters });
      for (const line of summaryLines(end.data, samples, deadLetters)) output.line(line);
      if (end.data.records === 0 && end.data.rejected > 0) process.exitCode = EXIT.refused.code;
    });
  });
}

function rows(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new EpochlogError(
    'INPUT_INVALID',
    `--generate takes a number of rows from 1 to 9,999,999, not '${text}'`,
  );
}

/** The records of a file, or generated ones. */
async function recordsOf(task: string, path: string | undefined, generate: number | undefined) {
  if ((path === undefined) === (generate === undefined)) {
    throw new EpochlogError('INPUT_INVALID', 'give a FILE, or --generate ROWS');
  }
  if (path !== undefined) return { name: basename(path), bytes: await readInputFile(path), generated: false };
  return generatedRecords(task, generate);
}

/** Decisions on the samples of a collection, and how many of them replace an earlier sample. */
interface SampleCounts extends Record<(typeof OUTCOMES)[number], number> {
  replaced: number;
}

async function countSamples(session: Session, correlationId: string): Promise<SampleCounts> {
  const counts = { SampleAccepted: 0, SampleDeduplicated: 0, SampleRejected: 0, replaced: 0 };
  for await (const event of session.events.scan(OUTCOMES)) {
    if (event.correlationId !== correlationId) continue;
    counts[event.type] += 1;
    if (event.data.replaces) counts.replaced += 1;
  }
  return counts;
}

function summaryLines(
  { task, records, rejected, rejections, unrecorded }: CollectionCompleted,
  {
    SampleAccepted: accepted,
    SampleDeduplicated: duplicates,
    SampleRejected: refused,
    replaced,
  }: SampleCounts,
  deadLetters: number,
): string[] {
  const codes = Object.entries(rejections).map(([code, count]) => `${code} ${count}`);
  const why = (stream: string, type: string) => `npx epochlog events --stream ${stream} --type ${type}`;
  return [
    `${records} records of ${task} collected, ${rejected} lines rejected`,
    `${accepted} samples accepted, ${duplicates} duplicates, ${refused} rejected`,
    replaced > 0 ? `${replaced} of them replace an earlier sample of the same record` : '',
    rejected > 0 ? `why lines were rejected (${codes.join(', ')}): ${why('records', 'RecordRejected')}` : '',
    unrecorded > 0 ? `${unrecorded} rejected lines have no event of their own: too many came before` : '',
    refused > 0 ? `why samples were rejected: ${why('samples', 'SampleRejected')}` : '',
    deadLetters > 0
      ? `${deadLetters} open dead letters, of this collection or others: npx epochlog dlq list`
      : '',
  ].filter(Boolean);
}
