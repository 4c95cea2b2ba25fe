import { type ErrorCode, failureOf } from '../../kernel/errors.ts';
import { type NewEvent, newEvent } from '../../kernel/event.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import { type Emit, reactorService } from '../../kernel/service.ts';
import { InvalidInput } from '../../ml/errors.ts';
import type { Line, TextFile } from '../../ml/records/lines.ts';
import type { Events } from '../../schemas/events.generated.ts';
import { paperFact } from './paper.ts';
import { type Index, indexLines, readSlice, surplusIn } from './slice.ts';

const PAGE_LINES = 500;

type Request = Events['CollectionRequested'];

/**
 * Collects the papers of a file, in the order in which they were published, page by page: each page is durable as
 * a whole or not at all, and a collection that was interrupted goes on after the last one. A file that cannot be
 * read to its end is refused before its first paper.
 */
export const service = reactorService({
  name: 'collector',
  reactsTo: ['CollectionRequested'],
  start({ artifacts, signal }) {
    const open = openedLast(artifacts);
    return {
      on: {
        async CollectionRequested({ data: request }, emit) {
          const { collectionId, source } = request;
          await emit(newEvent('CollectionStarted', { collectionId, source }));
          try {
            const { file, index } = await open(request);
            const collected = await collect(request, readSlice(file, index, request), emit, signal);
            return [completed(collected, surplusIn(index, request))];
          } catch (error) {
            return [newEvent('CollectionFailed', { collectionId, ...faultOfSource(error) })];
          }
        },
      },
    };
  },
});

async function collect(
  request: Request,
  lines: AsyncIterable<Line>,
  emit: Emit,
  signal: AbortSignal,
): Promise<Events['CollectionCompleted']> {
  const { collectionId } = request;
  const total: Events['CollectionCompleted'] = {
    collectionId,
    papers: 0,
    rejected: 0,
    firstPublished: null,
    lastPublished: null,
    rejections: {},
    unrecorded: 0,
  };
  let page = 0;
  for await (const pageLines of inPages(lines)) {
    signal.throwIfAborted();
    const facts = pageLines.map((line) => paperFact(line, request));
    const dates = facts.flatMap((fact) => (fact.type === 'PaperIngested' ? [fact.data.published] : []));
    const count = { papers: dates.length, rejected: facts.length - dates.length };
    await emit(...facts, newEvent('PageCollected', { collectionId, page: ++page, ...count }));
    total.papers += count.papers;
    total.rejected += count.rejected;
    for (const fact of facts) if (fact.type === 'PaperRejected') addTo(total.rejections, fact.data.code, 1);
    total.firstPublished ??= dates[0] ?? null;
    total.lastPublished = dates.at(-1) ?? total.lastPublished;
  }
  return total;
}

/** The end of a collection, with the rejected lines that are not told one by one. */
function completed(
  collected: Events['CollectionCompleted'],
  surplus: Readonly<Record<string, number>>,
): NewEvent {
  const rejections = { ...collected.rejections };
  for (const [code, count] of Object.entries(surplus)) addTo(rejections, code, count);
  const unrecorded = Object.values(surplus).reduce((sum, count) => sum + count, 0);
  const rejected = collected.rejected + unrecorded;
  return newEvent('CollectionCompleted', { ...collected, rejected, rejections, unrecorded });
}

function addTo(counts: Record<string, number>, code: string, count: number): void {
  counts[code] = (counts[code] ?? 0) + count;
}

async function* inPages(lines: AsyncIterable<Line>): AsyncGenerator<Line[], void, undefined> {
  let page: Line[] = [];
  for await (const line of lines) {
    if (page.push(line) < PAGE_LINES) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/**
 * Opens the source of a request. The index of the last one is kept: a corpus is lived through month by month, each
 * a collection of its own from the same file.
 */
function openedLast(artifacts: ArtifactStore) {
  let last: { source: string; index: Index } | undefined;
  return async ({ source, sourceName }: Request) => {
    const file: TextFile = { name: sourceName, bytes: await artifacts.get(source) };
    if (last?.source !== source) last = { source, index: await indexLines(file) };
    return { file, index: last.index };
  };
}

const SOURCE_ERRORS: ReadonlySet<ErrorCode> = new Set([
  'INPUT_EMPTY',
  'INPUT_UNREADABLE',
  'INPUT_INVALID',
  'ARTIFACT_MISSING',
  'ARTIFACT_CORRUPT',
]);

/** The failure of a source that its owner can fix; other errors are thrown again. */
function faultOfSource(error: unknown) {
  const failure = failureOf(error, (cause) => {
    if (!(cause instanceof InvalidInput)) return undefined;
    return cause.code === 'empty' ? 'INPUT_EMPTY' : 'INPUT_UNREADABLE';
  });
  if (SOURCE_ERRORS.has(failure.code)) return failure;
  throw error;
}
