import { gunzipSync, gzipSync } from 'node:zlib';
import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { type Emit, type NewEvent, newEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import type { PageCollected, RemoteCollectionRequested } from '../../schemas/events.generated.ts';
import type { Fields } from '../../tasks/rows.ts';
import {
  loadSources,
  type Page,
  type Query,
  type RemoteSource,
  type SourceFault,
} from '../../tasks/source.ts';
import type { Task } from '../../tasks/task.ts';
import { ask, Pace, waitBefore } from './ask.ts';
import { readRowOf, recordFact } from './facts.ts';
import type { CollectorSettings } from './settings.ts';
import { Tally } from './tally.ts';

type Context = ServiceContext<CollectorSettings>;

const sources = await loadSources();
const utf8 = new TextDecoder();

/** A page that is in the log: what the source answered, and where it goes on. */
export type KnownPage = Pick<PageCollected, 'answer' | 'next'>;

/** One pace for each source: collections that run at the same time share it. */
const paces = new Map<string, Pace>();

/**
 * Collects what a remote source lists, page by page. The answer to each request is kept, so that a collection that was
 * interrupted has the same events as one that was not: it reads again what was answered, and asks for what follows.
 *
 * @param known the pages that are in the log already
 * @param after where the first page begins, when another collection is continued
 * @param askedAt when it was asked for, milliseconds since the epoch
 * @throws EpochlogError INPUT_INVALID when the source refuses, SOURCE_UNAVAILABLE when it does not answer
 */
export async function collectRemote(
  request: RemoteCollectionRequested,
  task: Task,
  { known, after, askedAt }: { known: readonly KnownPage[]; after: string | null; askedAt: number },
  context: Context,
  emit: Emit,
): Promise<NewEvent> {
  const { collectionId } = request;
  const source = sourceOf(request);
  const query = source.check(request);
  const tally = new Tally(collectionId, task.name);
  const seen = new Set<string>();
  let cursor = after;
  for (let page = 1; ; page += 1) {
    context.signal.throwIfAborted();
    const logged = known[page - 1];
    const { answer, read } = logged?.answer
      ? await again(source, query, cursor, logged.answer, context)
      : await fetched(source, query, cursor, `${collectionId}/${page}`, context);
    if (read.next !== null && read.next === cursor)
      throw new EpochlogError('INPUT_INVALID', `page ${page} names itself as the next one: ${cursor}`);
    const own = read.rows.filter((fields) => isNew(fields, task, seen));
    const facts = own.map((fields, index) => {
      const number = seen.size - own.length + index + 1;
      return recordFact(readRowOf({ number, fields: () => ({ fields }) }, task), task, {
        ...request,
        askedAt,
      });
    });
    const repeated = read.rows.length - own.length;
    const { next, total } = read;
    const collected = { collectionId, task: task.name, page, ...tally.add(facts, repeated) };
    await emit(
      ...facts.map(({ fact }) => fact),
      newEvent('PageCollected', { ...collected, answer, next, total, repeated }),
    );
    if (next === null) return tally.completed();
    cursor = next;
  }
}

/** The source of a request. NOT_FOUND, with the nearest name. */
export function sourceOf({
  sourceName,
  task,
}: Pick<RemoteCollectionRequested, 'sourceName' | 'task'>): RemoteSource {
  const source = sources.get(sourceName);
  if (source?.task === task) return source;
  const names = [...sources.values()].filter((other) => other.task === task).map(({ name }) => name);
  throw new EpochlogError(
    'NOT_FOUND',
    `${task} has no remote source '${sourceName}': ${suggestion(sourceName, names)}`,
  );
}

/** Pages overlap when something is added while they are read. A row without an id that can be read is told each time. */
function isNew(fields: Fields, task: Task, seen: Set<string>): boolean {
  const { record, fault } = task.read(fields);
  const id = record?.id ?? fault?.id ?? `#${seen.size}`;
  if (seen.has(id)) return false;
  seen.add(id);
  return true;
}

type Rows = Exclude<Page, { fault: SourceFault }>;

interface Got {
  /** artifact digest */
  readonly answer: string;
  readonly read: Rows;
}

async function again(
  source: RemoteSource,
  query: Query,
  cursor: string | null,
  answer: string,
  { artifacts }: Context,
): Promise<Got> {
  const read = source.read(query, cursor, utf8.decode(gunzipSync(await artifacts.get(answer))));
  if (read.fault) throw new EpochlogError('ARTIFACT_CORRUPT', `${answer}: ${read.fault.reason}`);
  return { answer, read };
}

async function fetched(
  source: RemoteSource,
  query: Query,
  cursor: string | null,
  seed: string,
  { artifacts, clock, logger, settings, signal }: Context,
): Promise<Got> {
  const { pauseSeconds, timeoutSeconds, attempts } = settings;
  const pauseMs = pauseSeconds === undefined ? source.pauseMs : pauseSeconds * 1_000;
  const address = addressesIn(settings.addresses).get(source.name) ?? source.address;
  const pace = paceOf(address, () => new Pace(clock, pauseMs));
  let fault: SourceFault & { retryAfterMs?: number };
  for (let attempt = 1; ; attempt += 1) {
    await pace.pass(signal);
    const answer = await ask(
      address + source.request(query, cursor),
      timeoutSeconds * 1_000,
      clock.now(),
      signal,
    );
    if (answer.fault) fault = answer.fault;
    else {
      const read = source.read(query, cursor, utf8.decode(answer.body));
      if (!read.fault) return { answer: await artifacts.put(gzipSync(answer.body)), read };
      fault = read.fault;
      if (answer.status >= 400) fault = { ...fault, reason: `it answered ${answer.status}: ${fault.reason}` };
    }
    if (!fault.isRetriable) throw new EpochlogError('INPUT_INVALID', fault.reason);
    if (attempt >= attempts)
      throw new EpochlogError(
        'SOURCE_UNAVAILABLE',
        `${source.name} was asked ${attempt} times: ${fault.reason}`,
      );
    logger.warn({ source: source.name, attempt, reason: fault.reason }, 'a remote source is asked again');
    await clock.sleep(waitBefore(attempt, pauseMs, seed, fault.retryAfterMs), signal);
  }
}

function paceOf(address: string, create: () => Pace): Pace {
  const pace = paces.get(address) ?? create();
  paces.set(address, pace);
  return pace;
}

function addressesIn(text = ''): Map<string, string> {
  const pairs = text
    .split(',')
    .filter(Boolean)
    .map((pair): [string, string] => {
      const [name = '', ...url] = pair.split('=');
      return [name.trim(), url.join('=').replace(/\/+$/, '')];
    });
  return new Map(pairs);
}
