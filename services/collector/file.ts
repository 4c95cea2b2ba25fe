import { type ErrorCode, failureOf } from '../../kernel/errors.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import { InvalidInput } from '../../ml/errors.ts';
import type { TextFile } from '../../ml/records/lines.ts';
import { type Emit, type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { CollectionRequested } from '../../schemas/events.generated.ts';
import type { Row } from '../../tasks/rows.ts';
import type { Task } from '../../tasks/task.ts';
import { recordFact } from './facts.ts';
import { type Index, indexRows, readSlice, surplusIn } from './slice.ts';
import { Tally } from './tally.ts';

const PAGE_ROWS = 500;

/**
 * Collects the records of a file, in the order of their times, page by page: each page is durable as a whole or not at
 * all, and a collection that was interrupted resumes after the last one. A file that cannot be read to its end is
 * refused before its first record.
 */
export class Files {
  readonly #artifacts: ArtifactStore;
  /** a corpus is collected month by month, each a collection of its own from the same file */
  #last: { source: string; task: Task; index: Index } | undefined;

  constructor(artifacts: ArtifactStore) {
    this.#artifacts = artifacts;
  }

  async collect(
    request: CollectionRequested,
    task: Task,
    emit: Emit,
    signal: AbortSignal,
  ): Promise<NewEvent> {
    const { collectionId } = request;
    const { file, index } = await this.#open(request, task);
    const tally = new Tally(collectionId, task.name);
    let page = 0;
    for await (const rows of inPages(readSlice(file, task, index, request))) {
      signal.throwIfAborted();
      const read = rows.map((row) => recordFact(row, task, request));
      const counts = tally.add(read);
      const collected = { collectionId, task: task.name, page: ++page, ...counts, ...OF_A_FILE };
      await emit(...read.map(({ fact }) => fact), newEvent('PageCollected', collected));
    }
    return tally.completed(surplusIn(index, request));
  }

  /** The file of a request, and its index, of which the last one is kept. */
  async #open({ source, sourceName }: CollectionRequested, task: Task) {
    const file: TextFile = { name: sourceName, bytes: await this.#artifacts.get(source) };
    if (this.#last?.source !== source || this.#last.task !== task)
      this.#last = { source, task, index: await indexRows(file, task) };
    return { file, index: this.#last.index };
  }
}

const OF_A_FILE = { answer: null, next: null, total: null, repeated: 0 };

async function* inPages(rows: AsyncIterable<Row>): AsyncGenerator<Row[], void, undefined> {
  let page: Row[] = [];
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
