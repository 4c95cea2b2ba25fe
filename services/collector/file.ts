import { type ErrorCode, failureOf } from '../../kernel/errors.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import { InvalidInput } from '../../ml/errors.ts';
import type { TextFile } from '../../ml/records/lines.ts';
import { type Emit, type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { CollectionRequested } from '../../schemas/events.generated.ts';
import type { Task } from '../../tasks/task.ts';
import { type ReadRow, recordFact } from './facts.ts';
import { type Contents, readContents } from './slice.ts';
import { Tally } from './tally.ts';

const PAGE_ROWS = 500;

/**
 * Collects the records of a file, in the order of their times, page by page: each page is durable as a whole or not at
 * all, and a collection that was interrupted resumes after the last one. A file that cannot be read to its end is
 * refused before its first record. A file is read and parsed once, for all collections of it that follow one another.
 */
export class Files implements Disposable {
  readonly #artifacts: ArtifactStore;
  /** a corpus is collected month by month, each a collection of its own from the same file */
  #last: { source: string; sourceName: string; task: Task; contents: Contents } | undefined;

  constructor(artifacts: ArtifactStore) {
    this.#artifacts = artifacts;
  }

  /** @param askedAt milliseconds since the epoch */
  async collect(
    request: CollectionRequested,
    task: Task,
    askedAt: number,
    emit: Emit,
    signal: AbortSignal,
  ): Promise<NewEvent> {
    const { collectionId, sourceName } = request;
    const contents = await this.#open(request, task);
    const origin = { collectionId, sourceName, askedAt };
    const tally = new Tally(collectionId, task.name);
    let page = 0;
    for await (const rows of inPages(contents.rowsIn(request))) {
      signal.throwIfAborted();
      const read = rows.map((row) => recordFact(row, task, origin));
      const counts = tally.add(read);
      const collected = { collectionId, task: task.name, page: ++page, ...counts, ...OF_A_FILE };
      await emit(...read.map(({ fact }) => fact), newEvent('PageCollected', collected));
    }
    const completed = tally.completed(contents.surplusIn(request));
    if (request.to === null) this[Symbol.dispose](); // the last slice of a file
    return completed;
  }

  /** Forgets the last file. */
  [Symbol.dispose](): void {
    this.#last?.contents[Symbol.dispose]();
    this.#last = undefined;
  }

  /** What is in the file of a request; that of the last one is kept. */
  async #open({ source, sourceName }: CollectionRequested, task: Task): Promise<Contents> {
    const last = this.#last;
    if (last?.source === source && last.sourceName === sourceName && last.task === task) return last.contents;
    this[Symbol.dispose]();
    const file: TextFile = { name: sourceName, bytes: await this.#artifacts.get(source) };
    const contents = await readContents(file, task);
    this.#last = { source, sourceName, task, contents };
    return contents;
  }
}

const OF_A_FILE = { answer: null, next: null, total: null, repeated: 0 };

async function* inPages(rows: AsyncIterable<ReadRow>): AsyncGenerator<ReadRow[], void, undefined> {
  let page: ReadRow[] = [];
  for await (const row of rows) {
    if (page.push(row) < PAGE_ROWS) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

const SOURCE_ERRORS: ReadonlySet<ErrorCode> = new Set([
  'INPUT_EMPTY',
  'INPUT_UNREADABLE',
  'INPUT_INVALID',
  'TASK_UNKNOWN',
  'NOT_FOUND',
  'SOURCE_UNAVAILABLE',
  'ARTIFACT_MISSING',
  'ARTIFACT_CORRUPT',
]);

/** The failure of a source that its owner can fix; other errors are thrown again. */
export function faultOfSource(error: unknown) {
  const failure = failureOf(error, (cause) => {
    if (!(cause instanceof InvalidInput)) return undefined;
    if (cause.code === 'header') return 'INPUT_INVALID';
    return cause.code === 'empty' ? 'INPUT_EMPTY' : 'INPUT_UNREADABLE';
  });
  if (SOURCE_ERRORS.has(failure.code)) return failure;
  throw error;
}
