import { type Command, Option } from 'commander';
import type { Config } from '../../infra/config/schema.ts';
import { decodable } from '../../kernel/codec.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import type { Position, StoredRecord } from '../../kernel/ports/log.ts';
import { type Filter, latest, matches } from '../../operations/events/latest.ts';
import type { Store } from '../../operations/session.ts';
import { ALL_STREAMS, isEventType, type StreamName, streamOf } from '../../schemas/catalogue.ts';
import { EVENTS } from '../../schemas/events.generated.ts';
import { action } from '../action.ts';
import { count, pastMoment, streamNamed } from '../arguments.ts';
import { eventLine, recordLine } from '../event-line.ts';
import { about } from '../help.ts';
import { withIndex } from '../log-index.ts';
import type { Output } from '../output.ts';
import { openExistingStore } from '../store.ts';

interface Options extends Filter {
  stream?: StreamName;
  follow?: boolean;
  reverse?: boolean;
}

function eventType(text: string): string {
  if (isEventType(text)) return text;
  throw new EpochlogError(
    'INPUT_INVALID',
    `there is no event type '${text}'; ${suggestion(text, Object.keys(EVENTS))}`,
  );
}

/** `epochlog events`: what the log holds, as it is or as it comes. Needs no service. */
export function register(program: Command): void {
  const events = about(program.command('events'), 'look', [
    'npx epochlog events --type VersionPromoted --reverse',
    'npx epochlog events --subject account-health --since 2026-01-01',
    'npx epochlog events --stream alerts --follow',
  ])
    .description('show the events of the log, the latest last')
    .option('--stream <name>', `only of one stream: ${ALL_STREAMS.join(', ')}`, streamNamed)
    .option('--type <type>', 'only of one type, such as VersionPromoted', eventType)
    .option('--correlation <id>', 'only those that follow from one request')
    .option('--subject <id>', 'only of one aggregate: a run, a record, a model …')
    .option(
      '--since <time>',
      'only those written since, such as 2026-03-01, 2026-03-01T12:00:00Z or 7d (ago)',
      (text: string) => pastMoment(text),
    )
    .option('--limit <number>', 'the last so many', count, 50)
    .option('--reverse', 'the latest first')
    .addOption(new Option('--follow', 'go on with the events to come, until Ctrl-C').conflicts('reverse'));
  action<Options>(events, async (options, { config, output }) => {
    const store = await openExistingStore(config, 'cli');
    const stopped = new AbortController();
    process.once('SIGINT', () => stopped.abort());
    process.stdout.once('error', () => stopped.abort()); // `| head` has seen enough
    try {
      const streams = streamsOf(options);
      const now = await store.events.endOffsets(streams);
      const records = await found(store, config, streams, now, options);
      for (const record of options.reverse ? records.reverse() : records) await show(record, store, output);
      if (!options.follow) return;
      for await (const record of store.events.follow(now, stopped.signal)) {
        if (matches(record, options)) await show(record, store, output);
      }
    } finally {
      await store.close();
    }
  });
}

/** The latest events that the options select. Without a type or a correlation id, the end of the log is read. */
async function found(
  store: Store,
  config: Config,
  streams: readonly StreamName[],
  ends: readonly Position[],
  options: Options,
): Promise<StoredRecord[]> {
  if (options.type === undefined && options.correlation === undefined)
    return latest({ ...store, lookUp: undefined }, ends, options);
  return withIndex(store, config, streams, (lookUp) => latest({ ...store, lookUp }, ends, options));
}

/** An event type is of one stream. */
function streamsOf({ stream, type }: Options): readonly StreamName[] {
  if (stream) return [stream];
  return type !== undefined && isEventType(type) ? [streamOf(type)] : ALL_STREAMS;
}

async function show(record: StoredRecord, { codec }: Store, output: Output): Promise<void> {
  const events = await decodable(record, codec);
  for (const event of events ?? []) {
    output.result(event);
    output.line(eventLine(event, output.tableWidth));
  }
  if (events) return;
  const { topic, partition, offset, headers } = record;
  output.result({ topic, partition, offset, undecodable: true, headers });
  const text = `cannot be decoded: ${topic}/${partition}@${offset}; \`epochlog dlq list\` tells why`;
  output.line(recordLine(record, text, output.tableWidth));
}
