import { basename } from 'node:path';
import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { newEvent } from '../../kernel/event.ts';
import { newId } from '../../kernel/ids.ts';
import { action } from '../action.ts';
import { requestAndFollow } from '../follow.ts';
import { readPapersFile } from '../papers-file.ts';
import { type Session, withSession } from '../session.ts';

interface Options {
  from?: string;
  to?: string;
}

const OUTCOMES = ['SampleAccepted', 'SampleDeduplicated', 'SampleRejected'] as const;

/** `epochlog collect FILE`: papers come in, are cleaned, deduplicated and filtered. */
export function register(program: Command): void {
  const collect = program
    .command('collect')
    .argument('<file>', 'papers, JSON lines, gzip or plain')
    .description('collect the papers of a file')
    .option('--from <date>', 'only papers published on or after it, YYYY-MM-DD')
    .option('--to <date>', 'only papers published before it, YYYY-MM-DD');
  action<Options>(collect, async ({ from, to }, { config, output }, file = '') => {
    for (const date of [from, to]) assertDate(date);
    const bytes = await readPapersFile(file);
    await withSession(config, async (session) => {
      const source = await session.artifacts.put(bytes);
      const collectionId = `cli-${newId(Date.now())}`;
      const range = { from: from ?? null, to: to ?? null };
      const request = newEvent('CollectionRequested', {
        collectionId,
        source,
        sourceName: basename(file),
        generated: false,
        ...range,
      });
      const end = await requestAndFollow(session, request, {
        ends: ['CollectionCompleted', 'CollectionFailed'],
        watched: ['PageCollected'],
        onEvent: ({ data }) => output.progress(`page ${data.page}`),
      });
      if (end.type === 'CollectionFailed')
        throw new EpochlogError('INPUT_UNREADABLE', `${file}: ${end.data.reason}`);
      await session.quiet();
      const samples = await countSamples(session, end.correlationId);
      output.result({ ...end.data, samples });
      output.line(`${end.data.papers} papers collected, ${end.data.rejected} lines rejected`);
      output.line(
        `${samples.SampleAccepted} samples accepted, ${samples.SampleDeduplicated} duplicates, ${samples.SampleRejected} rejected`,
      );
      if (end.data.rejected > 0) output.line('why: npx epochlog events --stream papers --type PaperRejected');
    });
  });
}

async function countSamples(
  session: Session,
  correlationId: string,
): Promise<Record<(typeof OUTCOMES)[number], number>> {
  const counts = { SampleAccepted: 0, SampleDeduplicated: 0, SampleRejected: 0 };
  for await (const event of session.events.scan(OUTCOMES)) {
    if (event.correlationId === correlationId) counts[event.type] += 1;
  }
  return counts;
}

function assertDate(date: string | undefined): void {
  if (date === undefined || (/^\d{4}-\d{2}-\d{2}$/.test(date) && !Number.isNaN(Date.parse(date)))) return;
  throw new EpochlogError('INPUT_INVALID', `'${date}' is not a date: write YYYY-MM-DD`);
}
