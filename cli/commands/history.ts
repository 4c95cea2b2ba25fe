import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { ALL_STREAMS, type Event } from '../../kernel/event.ts';
import type { StoredRecord } from '../../kernel/ports/log.ts';
import { readPartition } from '../../kernel/reader.ts';
import { action } from '../action.ts';
import { pastMoment } from '../arguments.ts';
import { byTime, DEFAULT_MODEL, readModel } from '../production.ts';
import { openExistingStore, type Store } from '../store.ts';

interface Options {
  /** milliseconds since the epoch */
  at?: number;
}

/** Events that come by the thousand: of them only a cause itself is told. */
const BULK = new Set([
  'EpochCompleted',
  'PaperIngested',
  'PaperRejected',
  'SampleAccepted',
  'SampleDeduplicated',
  'SampleRejected',
  'PredictionServed',
  'PredictionFailed',
  'OutcomeObserved',
  'PageCollected',
]);

/** `epochlog history MODEL [--at TIME]`: what was in production at a moment, and the events that put it there. */
export function register(program: Command): void {
  const history = program
    .command('history')
    .argument('[model]', 'model', DEFAULT_MODEL)
    .description('what was in production, when, and the chain of events that put it there')
    .option(
      '--at <time>',
      'a moment, such as 2026-03-01 or 2026-03-01T12:00:00Z (default: now)',
      (text: string) => pastMoment(text),
    );
  action<Options>(history, async ({ at }, { config, output }, model = DEFAULT_MODEL) => {
    const moment = at ?? Date.now();
    const store = await openExistingStore(config, 'cli');
    try {
      const { changes, versions } = await readModel(store.events, model, moment);
      const current = changes.at(-1);
      if (!current && versions.size === 0 && at === undefined) {
        throw new EpochlogError('NOT_FOUND', `no version of '${model}' was ever registered`);
      }
      const chain = current ? await chainOf(store, current) : [];
      output.result({
        model,
        at: new Date(moment).toISOString(),
        production: current ?? null,
        changes,
        chain,
      });
      output.line(
        `${model} at ${new Date(moment).toISOString()}: ${current ? current.data.version : 'nothing'} in production`,
      );
      for (const change of changes) {
        output.line(
          `  ${new Date(change.time).toISOString()}  ${change.type.padEnd(18)} ${change.data.version}  ${change.data.reason}`,
        );
      }
      if (chain.length > 0) output.line(`\nWhat put ${current?.data.version} there:`);
      for (const event of chain) {
        output.line(
          `  ${new Date(event.time).toISOString()}  ${event.type.padEnd(20)} ${event.subject}  by ${event.source}, ${event.id}`,
        );
      }
    } finally {
      await store.close();
    }
  });
}

/** What led to an event: each cause in turn, from the first request on, and what else followed from the same causes. */
async function chainOf({ log, events }: Store, last: Event): Promise<Event[]> {
  const related = new Map<string, StoredRecord>();
  for (const end of await events.ends(ALL_STREAMS)) {
    for await (const record of readPartition(log, { ...end, offset: 0 }, end.offset)) {
      if (record.headers.ce_correlationid === last.correlationId)
        related.set(record.headers.ce_id ?? '', record);
    }
  }
  const causes = new Set<string>();
  for (
    let id = last.causationId;
    id !== null && related.has(id);
    id = related.get(id)?.headers.ce_causationid ?? null
  ) {
    causes.add(id);
  }
  const telling = [...related].filter(
    ([id, { headers }]) =>
      id === last.id ||
      causes.has(id) ||
      (causes.has(headers.ce_causationid ?? '') &&
        !BULK.has(headers.ce_type ?? '') &&
        Date.parse(headers.ce_time ?? '') <= last.time),
  );
  return (await Promise.all(telling.map(([, record]) => events.decode(record)))).sort(byTime);
}
