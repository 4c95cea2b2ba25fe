import { type ErrorCode, failureOf } from '../../kernel/errors.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import { InvalidInput } from '../../ml/errors.ts';
import type { TextFile } from '../../ml/records/lines.ts';
import { type Emit, type NewEvent, newEvent, reactorService } from '../../schemas/catalogue.ts';
import type { Events, TaskDeclared } from '../../schemas/events.generated.ts';
import { loadTasks } from '../../tasks/load.ts';
import { type Tasks, taskNamed, withAllDeclared, withDeclared } from '../../tasks/registry.ts';
import type { Row } from '../../tasks/rows.ts';
import type { Task } from '../../tasks/task.ts';
import { recordFact } from './facts.ts';
import { type Index, indexRows, readSlice, surplusIn } from './slice.ts';

const PAGE_ROWS = 500;

const shipped = await loadTasks();

type Request = Events['CollectionRequested'];

/**
 * Collects the records of a file, in the order of their times, page by page: each page is durable as a whole or not at
 * all, and a collection that was interrupted resumes after the last one. A file that cannot be read to its end is
 * refused before its first record.
 */
export const service = reactorService({
  name: 'collector',
  reactsTo: ['CollectionRequested'],
  stateFrom: ['TaskDeclared'],
  start({ artifacts, signal }) {
    const open = openedLast(artifacts);
    let tasks: Tasks = shipped;
    let declared: TaskDeclared[] = [];
    return {
      evolve({ type, data }) {
        if (type !== 'TaskDeclared') return;
        tasks = withDeclared(tasks, shipped, data);
        declared.push(data);
      },
      snapshot: () => declared,
      resume(saved) {
        declared = saved as TaskDeclared[];
        tasks = withAllDeclared(shipped, declared);
      },
      on: {
        async CollectionRequested({ data: request }, emit) {
          const { collectionId, task: name, source } = request;
          await emit(newEvent('CollectionStarted', { collectionId, task: name, source }));
          try {
            const task = taskNamed(tasks, name);
            const { file, index } = await open(request, task);
            const rows = readSlice(file, task, index, request);
            const collected = await collect(request, task, rows, emit, signal);
            return [completed(collected, surplusIn(index, request))];
          } catch (error) {
            return [newEvent('CollectionFailed', { collectionId, task: name, ...faultOfSource(error) })];
          }
        },
      },
    };
  },
});

async function collect(
  request: Request,
  task: Task,
  rows: AsyncIterable<Row>,
  emit: Emit,
  signal: AbortSignal,
): Promise<Events['CollectionCompleted']> {
  const { collectionId } = request;
  const total: Events['CollectionCompleted'] = {
    collectionId,
    task: task.name,
    records: 0,
    rejected: 0,
    firstTime: null,
    lastTime: null,
    rejections: {},
    unrecorded: 0,
  };
  let page = 0;
  for await (const pageRows of inPages(rows)) {
    signal.throwIfAborted();
    const facts = pageRows.map((row) => recordFact(row, task, request));
    const ingested = facts.flatMap((fact) => (fact.type === 'RecordIngested' ? [fact.data.time] : []));
    const count = { records: ingested.length, rejected: facts.length - ingested.length };
    await emit(
      ...facts,
      newEvent('PageCollected', { collectionId, task: task.name, page: ++page, ...count }),
    );
    total.records += count.records;
    total.rejected += count.rejected;
    for (const fact of facts) if (fact.type === 'RecordRejected') addTo(total.rejections, fact.data.code, 1);
    total.firstTime ??= ingested[0] ?? null;
    total.lastTime = ingested.at(-1) ?? total.lastTime;
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

async function* inPages(rows: AsyncIterable<Row>): AsyncGenerator<Row[], void, undefined> {
  let page: Row[] = [];
  for await (const row of rows) {
    if (page.push(row) < PAGE_ROWS) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/**
 * Opens the source of a request. The index of the last one is kept: a corpus is collected month by month, each a
 * collection of its own from the same file.
 */
function openedLast(artifacts: ArtifactStore) {
  let last: { source: string; task: Task; index: Index } | undefined;
  return async ({ source, sourceName }: Request, task: Task) => {
    const file: TextFile = { name: sourceName, bytes: await artifacts.get(source) };
    if (last?.source !== source || last.task !== task) {
      last = { source, task, index: await indexRows(file, task) };
    }
    return { file, index: last.index };
  };
}

const SOURCE_ERRORS: ReadonlySet<ErrorCode> = new Set([
  'INPUT_EMPTY',
  'INPUT_UNREADABLE',
  'INPUT_INVALID',
  'TASK_UNKNOWN',
  'ARTIFACT_MISSING',
  'ARTIFACT_CORRUPT',
]);

/** The failure of a source that its owner can fix; other errors are thrown again. */
function faultOfSource(error: unknown) {
  const failure = failureOf(error, (cause) => {
    if (!(cause instanceof InvalidInput)) return undefined;
    if (cause.code === 'header') return 'INPUT_INVALID';
    return cause.code === 'empty' ? 'INPUT_EMPTY' : 'INPUT_UNREADABLE';
  });
  if (SOURCE_ERRORS.has(failure.code)) return failure;
  throw error;
}
