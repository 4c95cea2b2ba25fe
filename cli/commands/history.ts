import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { EVENT_TYPES, type Event } from '../../kernel/event.ts';
import type { EventReader } from '../../kernel/reader.ts';
import { action } from '../action.ts';
import { byTime, DEFAULT_MODEL, readModel } from '../production.ts';
import { openStore } from '../store.ts';

interface Options {
  at?: string;
}

/** Events that come by the thousand and say nothing of why a version is in production. */
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
const TELLING = EVENT_TYPES.filter((type) => !BULK.has(type));

/** `epochlog history MODEL [--at TIME]`: what was in production at a moment, and the events that put it there. */
export function register(program: Command): void {
  const history = program
    .command('history')
    .argument('[model]', 'model', DEFAULT_MODEL)
    .description('what was in production, when, and the chain of events that put it there')
    .option('--at <time>', 'a moment, such as 2026-03-01 or 2026-03-01T12:00:00Z (default: now)');
  action<Options>(history, async ({ at }, { config, output }, model = DEFAULT_MODEL) => {
    const moment = at === undefined ? Date.now() : momentOf(at);
    const store = await openStore(config, 'cli');
    try {
      const { changes, versions } = await readModel(store.events, model, moment);
      const current = changes.at(-1);
      if (!current && versions.size === 0 && at === undefined) {
        throw new EpochlogError('NOT_FOUND', `no version of '${model}' was ever registered`);
      }
      const chain = current ? await chainOf(store.events, current) : [];
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

function momentOf(text: string): number {
  const moment = Date.parse(text);
  if (!Number.isNaN(moment)) return moment;
  throw new EpochlogError(
    'INPUT_INVALID',
    `'${text}' is not a time: write 2026-03-01 or 2026-03-01T12:00:00Z`,
  );
}

/** From the first request to the event: each is the cause of the next. */
async function chainOf(reader: EventReader, last: Event): Promise<Event[]> {
  const related = new Map<string, Event>([[last.id, last]]);
  for await (const event of reader.scan(TELLING)) {
    if (event.correlationId === last.correlationId) related.set(event.id, event);
  }
  const chain: Event[] = [];
  for (let event: Event | undefined = last; event; event = related.get(event.causationId ?? ''))
    chain.push(event);
  return chain.sort(byTime);
}
