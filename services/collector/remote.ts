import { gunzipSync, gzipSync } from 'node:zlib';
import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { type NewEvent, newEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import type { RemoteCollectionRequested } from '../../schemas/events.generated.ts';
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
import type { Course } from './courses.ts';
import { readRowOf, recordFact } from './facts.ts';
import type { CollectorSettings } from './settings.ts';
import { Tally } from './tally.ts';

type Context = ServiceContext<CollectorSettings>;

const sources = await loadSources();
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** One pace for each source: collections that run at the same time share it. */
const paces = new Map<string, Pace>();

/** How far a collection has been read. */
interface Progress {
  readonly source: RemoteSource;
  readonly query: Query;
  readonly tally: Tally;
  /** ids on its pages */
  readonly seen: Set<string>;
  pages: number;
  cursor: string | null;
}

/**
 * Collects what remote sources list, one page at a time, so that collections take turns. The answer to each request is
 * kept: a collection that was interrupted reads again what was answered, asks for what follows, and has the same events as
 * one that was not.
 */
export class RemoteCollections {
  readonly #context: Context;
  readonly #progress = new Map<string, Progress>();

  constructor(context: Context) {
    this.#context = context;
  }

  /**
   * The facts of the next page of a collection, and that it is over after the last one; or that it is asked for again later.
   *
   * @param after where the first page begins, when another collection is continued
   * @throws EpochlogError INPUT_INVALID when the source refuses, SOURCE_UNAVAILABLE when it does not answer
   */
  async next(course: Course, task: Task, after: string | null): Promise<NewEvent[]> {
    const { request, pages, attempts } = course;
    const { collectionId } = request;
    const known = this.#progress.get(collectionId);
    this.#progress.delete(collectionId); // it is of no use where this fails
    const progress = known?.pages === pages.length ? known : await this.#readAgain(course, task, after);
    const answered = await this.#ask(progress, `${collectionId}/${pages.length + 1}`);
    const page = pages.length + 1;
    if (!answered.fault) {
      const facts = pageFacts(answered, course, task, progress);
      if (progress.cursor !== null) this.#progress.set(collectionId, progress);
      return facts;
    }
    const { fault } = answered;
    const attempt = attempts + 1;
    const { name } = progress.source;
    if (!fault.isRetriable) throw new EpochlogError('INPUT_INVALID', fault.reason);
    if (attempt >= this.#context.settings.attempts)
      throw new EpochlogError('SOURCE_UNAVAILABLE', `${name} was asked ${attempt} times: ${fault.reason}`);
    this.#progress.set(collectionId, progress);
    const seed = `${collectionId}/${page}`;
    const waitMs = waitBefore(attempt, this.#pauseMs(progress.source), seed, fault.retryAfterMs);
    const about = { collectionId, task: task.name, page, attempt, reason: fault.reason };
    const retryAt = this.#context.clock.now() + Math.round(waitMs);
    return [newEvent('PageRequestFailed', { ...about, retryAt })];
  }

  /** As it was after the pages that are in the log. */
  async #readAgain({ request, pages, askedAt }: Course, task: Task, after: string | null): Promise<Progress> {
    const { artifacts, signal } = this.#context;
    const source = sourceOf(request);
    const tally = new Tally(request.collectionId, task.name);
    const query = source.check(request);
    const progress = { source, query, tally, seen: new Set<string>(), pages: 0, cursor: after };
    for (const { answer } of pages) {
      signal.throwIfAborted();
      if (answer === null) continue;
      const text = utf8.decode(gunzipSync(await artifacts.get(answer)));
      const read = source.read(progress.query, progress.cursor, text);
      if (read.fault) throw new EpochlogError('ARTIFACT_CORRUPT', `${answer}: ${read.fault.reason}`);
      pageOf(read, { request, askedAt }, task, progress);
    }
    return progress;
  }

  /** Asks once. */
  async #ask({ source, query, cursor }: Progress, page: string): Promise<Answered> {
    const { artifacts, clock, logger, settings, signal } = this.#context;
    const address = addressesIn(settings.addresses).get(source.name) ?? source.address;
    await paceOf(address, () => new Pace(clock, this.#pauseMs(source))).pass(signal);
    const timeoutMs = settings.timeoutSeconds * 1_000;
    const answer = await ask(address + source.request(query, cursor), timeoutMs, clock.now(), signal);
    const read = answer.fault ? answer : readAnswer(source, query, cursor, answer.body);
    if (!answer.fault && !read.fault)
      return { answer: await artifacts.put(gzipSync(answer.body)), read: read as Rows };
    let fault: AskFault = read.fault!;
    if (!answer.fault && answer.status >= 400)
      fault = { ...fault, reason: `it answered ${answer.status}: ${fault.reason}` };
    logger.warn({ source: source.name, page, reason: fault.reason }, 'a remote source gave no page');
    return { fault };
  }

  #pauseMs({ pauseMs }: RemoteSource): number {
    const { pauseSeconds } = this.#context.settings;
    return pauseSeconds === undefined ? pauseMs : pauseSeconds * 1_000;
  }
}

/** The page in an answer. Of another encoding it would be learnt with other letters. */
function readAnswer(source: RemoteSource, query: Query, cursor: string | null, body: Uint8Array): Page {
  try {
    return source.read(query, cursor, utf8.decode(body));
  } catch (error) {
    if (!(error instanceof TypeError) || !('code' in error)) throw error;
    return { fault: { reason: 'its answer is not UTF-8', isRetriable: false } };
  }
}

type AskFault = SourceFault & { readonly retryAfterMs?: number };

type Answered =
  | { readonly answer: string; readonly read: Rows; readonly fault?: undefined }
  | { readonly fault: AskFault };

type About = Pick<Course, 'request' | 'askedAt'>;

/** The events of a page that was answered now. */
function pageFacts(
  { answer, read }: { answer: string; read: Rows },
  about: About,
  task: Task,
  progress: Progress,
): NewEvent[] {
  const { collectionId } = about.request;
  const { facts, counts, repeated } = pageOf(read, about, task, progress);
  const { next, total } = read;
  const collected = { collectionId, task: task.name, page: progress.pages, ...counts };
  return [
    ...facts.map(({ fact }) => fact),
    newEvent('PageCollected', { ...collected, answer, next, total, repeated }),
    ...(next === null ? [progress.tally.completed()] : []),
  ];
}

/** What is on a page, by which the progress goes on. INPUT_INVALID for one that names itself as the next. */
function pageOf(read: Rows, { request, askedAt }: About, task: Task, progress: Progress) {
  const { seen, tally } = progress;
  progress.pages += 1;
  if (read.next !== null && read.next === progress.cursor)
    throw new EpochlogError(
      'INPUT_INVALID',
      `page ${progress.pages} names itself as the next one: ${read.next}`,
    );
  const own = read.rows.filter((fields) => isNew(fields, task, seen));
  const facts = own.map((fields, index) => {
    const number = seen.size - own.length + index + 1;
    const row = readRowOf({ number, fields: () => ({ fields }) }, task);
    return recordFact(row, task, { ...request, askedAt });
  });
  const repeated = read.rows.length - own.length;
  progress.cursor = read.next;
  return { facts, repeated, counts: tally.add(facts, repeated) };
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
