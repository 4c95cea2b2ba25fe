import type { Command } from 'commander';
import { EpochlogError, isErrorCode } from '../../kernel/errors.ts';
import { identifier } from '../../kernel/texts.ts';
import type { CollectionFailed } from '../../schemas/events.generated.ts';
import { action } from '../action.ts';
import { checked, DEFAULT_MODEL, day, withBy } from '../arguments.ts';
import { type CollectOptions, REMOTE_SOURCES, requestOf, SOURCE_OPTIONS } from '../collect/request.ts';
import { CollectionProgress, countSamples, summaryLines } from '../collect/summary.ts';
import { EXIT } from '../exit.ts';
import { requestAndFollow } from '../follow.ts';
import { about } from '../help.ts';
import { withSessionOrNewHome } from '../session.ts';

/** `epochlog collect --task TASK FILE`: records come in, are cleaned, deduplicated and filtered. */
export function register(program: Command): void {
  const names = [...REMOTE_SOURCES.keys()];
  const collect = about(program.command('collect'), 'data', [
    'npx epochlog collect records.jsonl.gz --to 2025-01-01',
    'npx epochlog collect --task account-health --generate 2000',
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
    .option(
      '--continue <collection>',
      'of a remote source: begin after the last page of this one, which failed',
      checked('--continue', identifier),
    );
  for (const { option } of SOURCE_OPTIONS) collect.addOption(option);
  action<CollectOptions>(withBy(collect), async (options, { config, output }, asked) => {
    const requestIn = await requestOf(asked, options, Date.now());
    await withSessionOrNewHome(config, async (session) => {
      const request = await requestIn(session);
      const progress = new CollectionProgress(Date.now());
      const end = await requestAndFollow(session, request, {
        ends: ['CollectionCompleted', 'CollectionFailed'],
        watched: ['PageCollected'],
        onEvent: ({ data }) => output.progress(progress.line(data, Date.now())),
      });
      if (end.type === 'CollectionFailed') throw failureOf(end.data, request.data.sourceName);
      await session.quiet();
      const samples = await countSamples(session, end.correlationId);
      const deadLetters = (await session.deadLetters.list()).length;
      output.result({ ...end.data, samples, deadLetters });
      for (const line of summaryLines(end.data, samples, deadLetters)) output.line(line);
      if (end.data.records === 0 && end.data.rejected > 0) process.exitCode = EXIT.refused.code;
    });
  });
}

function failureOf({ code, reason, collectionId }: CollectionFailed, name: string): EpochlogError {
  const told = reason.startsWith(`${name} `) ? reason : `${name}: ${reason}`;
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
