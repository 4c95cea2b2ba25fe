import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { ALL_STREAMS, type Event, isEventType, type StreamName } from '../../kernel/event.ts';
import type { EventReader } from '../../kernel/reader.ts';
import { EVENTS } from '../../schemas/events.generated.ts';
import { action } from '../action.ts';
import type { Output } from '../output.ts';
import { openStore } from '../store.ts';

interface Options {
  stream?: string;
  type?: string;
  correlation?: string;
  follow?: boolean;
  limit: number;
}

function count(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw new EpochlogError('INPUT_INVALID', `--limit takes a whole number from 1, not '${text}'`);
}

function streamsOf(name: string | undefined): readonly StreamName[] {
  if (name === undefined) return ALL_STREAMS;
  const found = ALL_STREAMS.filter((stream) => stream === name);
  if (found.length > 0) return found;
  throw new EpochlogError(
    'INPUT_INVALID',
    `there is no stream '${name}'; there are ${ALL_STREAMS.join(', ')}`,
  );
}

function eventType(text: string): string {
  if (isEventType(text)) return text;
  throw new EpochlogError(
    'INPUT_INVALID',
    `there is no event type '${text}'; there are ${Object.keys(EVENTS).join(', ')}`,
  );
}

/** `epochlog events`: what the log holds, as it is or as it comes. Needs no service. */
export function register(program: Command): void {
  const events = program
    .command('events')
    .description('show the events of the log, the latest last')
    .option('--stream <name>', `only of one stream: ${ALL_STREAMS.join(', ')}`)
    .option('--type <type>', 'only of one type, such as VersionPromoted', eventType)
    .option('--correlation <id>', 'only those that follow from one request')
    .option('--limit <number>', 'the last so many', count, 50)
    .option('--follow', 'go on with the events to come, until Ctrl-C');
  action<Options>(events, async (options, { config, output }) => {
    const store = await openStore(config, 'cli');
    const stopped = new AbortController();
    process.once('SIGINT', () => stopped.abort());
    process.stdout.once('error', () => stopped.abort()); // `| head` has seen enough
    try {
      const streams = streamsOf(options.stream);
      const now = await store.events.ends(streams);
      for (const event of await latest(store.events, now, options)) show(event, output);
      if (!options.follow) return;
      for await (const record of store.events.follow(now, stopped.signal)) {
        if (wanted(record.headers, options)) show(await store.events.decode(record), output);
      }
    } finally {
      await store.close();
    }
  });
}

const wanted = (headers: Readonly<Record<string, string>>, { type, correlation }: Options) =>
  (type === undefined || headers.ce_type === type) &&
  (correlation === undefined || headers.ce_correlationid === correlation);

/** The last `limit` events of several partitions, oldest first. */
async function latest(
  reader: EventReader,
  ends: Awaited<ReturnType<EventReader['ends']>>,
  options: Options,
): Promise<Event[]> {
  const found: Event[] = [];
  for (const end of ends) {
    const own: Event[] = [];
    for (let to = end.offset; to > 0 && own.length < options.limit; ) {
      const from = Math.max(0, to - Math.max(options.limit, 1_000));
      const page: Event[] = [];
      for (const record of await reader.page({ ...end, offset: from }, to - from)) {
        if (record.offset < to && wanted(record.headers, options)) page.push(await reader.decode(record));
      }
      own.unshift(...page);
      to = from;
    }
    found.push(...own.slice(-options.limit));
  }
  return found.sort((a, b) => a.time - b.time).slice(-options.limit);
}

function show(event: Event, output: Output): void {
  output.result(event);
  const data = JSON.stringify(event.data);
  output.line(
    `${new Date(event.time).toISOString()}  ${event.type.padEnd(20)} ${event.subject}  ${data.length > 160 ? `${data.slice(0, 157)}…` : data}`,
  );
}
