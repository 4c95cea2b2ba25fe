import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { ALL_STREAMS, type Event } from '../../kernel/event.ts';
import type { StoredRecord } from '../../kernel/ports/log.ts';
import { readPartition } from '../../kernel/reader.ts';
import { action } from '../action.ts';
import { pastMoment } from '../arguments.ts';
import {
  byTime,
  describeReport,
  isInProduction,
  MODEL_OPTION,
  type ModelHistory,
  readModel,
} from '../production.ts';
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
  'OutcomeReported',
  'PageCollected',
]);

/** `epochlog history MODEL [--at TIME]`: what was in production at a moment, what was served, and the events that put it there. */
export function register(program: Command): void {
  const history = program
    .command('history')
    .argument('[model]', MODEL_OPTION)
    .description(
      'what was in production, when, whether it was served, and the chain of events that put it there',
    )
    .option(
      '--at <time>',
      'a moment, such as 2026-03-01 or 2026-03-01T12:00:00Z (default: now)',
      (text: string) => pastMoment(text),
    );
  action<Options>(history, async ({ at }, { config, output }, model = config.model) => {
    const moment = at ?? Date.now();
    const store = await openExistingStore(config, 'cli');
    try {
      const history = await readModel(store.events, model, moment);
      const { changes, versions, production, served } = history;
      if (changes.length === 0 && versions.size === 0 && at === undefined) {
        throw new EpochlogError('NOT_FOUND', `no version of '${model}' was ever registered`);
      }
      const chain = production ? await chainOf(store, production) : [];
      output.result({
        model,
        at: new Date(moment).toISOString(),
        production: production ?? null,
        served,
        changes,
        chain,
      });
      output.line(
        `${model} at ${new Date(moment).toISOString()}: ${production ? production.data.version : 'nothing'} in production`,
      );
      for (const line of decidedAndServed(history)) output.line(line);
      if (chain.length > 0) output.line(`\nWhat put ${production?.data.version} there:`);
      for (const event of chain) {
        output.line(
          `  ${timeOf(event)}  ${event.type.padEnd(20)} ${event.subject}  by ${event.source}, ${event.id}`,
        );
      }
    } finally {
      await store.close();
    }
  });
}

/** Every decision about production, then what the instances of the predictor say of the last. */
function* decidedAndServed({ changes, served }: ModelHistory): Iterable<string> {
  for (const change of changes) {
    const version = isInProduction(change) ? change.data.version : '-';
    yield `  ${timeOf(change)}  ${change.type.padEnd(18)} ${version}  ${change.data.reason}`;
  }
  if (changes.length === 0) return;
  yield '\nServed since:';
  if (served.length === 0) yield '  no instance of the predictor has said so';
  for (const report of served)
    yield `  ${timeOf(report)}  ${report.type.padEnd(18)} ${describeReport(report)}`;
}

const timeOf = ({ time }: Event): string => new Date(time).toISOString();

/** What led to an event: each cause in turn, from the first request on, and what else followed from the same causes. */
async function chainOf({ log, events }: Store, last: Event): Promise<Event[]> {
  const related = new Map<string, StoredRecord>();
  for (const end of await events.endOffsets(ALL_STREAMS)) {
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
