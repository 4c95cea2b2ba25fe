import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { EpochlogError, failureOf } from '../../kernel/errors.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import { type DatasetSample, decodeDataset, encodeDataset, type Split } from '../../ml/dataset/format.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { type NewEvent, newEvent, reactorService, type ServiceContext } from '../../schemas/catalogue.ts';
import type {
  DatasetRequested,
  DatasetSealedSourceRange,
  SampleAccepted,
} from '../../schemas/events.generated.ts';
import { loadTasks } from '../../tasks/load.ts';
import { problemOf } from '../../tasks/problem.ts';
import { type Tasks, taskNamed, withDeclared } from '../../tasks/registry.ts';
import type { Task } from '../../tasks/task.ts';
import { assignSplits } from './assign.ts';
import { referenceOf } from './reference.ts';
import type { Assignment } from './split.ts';

/** After so many, others get their turn. */
const SAMPLES_A_TURN = 200;

const DECISIONS = ['SampleAccepted', 'SampleDeduplicated', 'SampleRejected'] as const;

const shipped = await loadTasks();

/** Seals the samples of a task that are accepted so far as a dataset that never changes, each in its split. */
export const service = reactorService({
  name: 'sealer',
  reactsTo: ['DatasetRequested'],
  stateFrom: ['DatasetSealed', 'TaskDeclared'],
  start({ events, artifacts }) {
    /** of each dataset sealed, where it is */
    const sealed = new Map<string, string>();
    let tasks: Tasks = shipped;
    return {
      evolve({ type, data }) {
        if (type === 'DatasetSealed') sealed.set(data.datasetId, data.artifact);
        if (type === 'TaskDeclared') tasks = withDeclared(tasks, shipped, data);
      },
      on: {
        async DatasetRequested({ data: request }) {
          const { datasetId, model } = request;
          try {
            if (sealed.has(datasetId)) {
              throw new EpochlogError('CONFLICT', `dataset ${datasetId} is sealed already: give another id`);
            }
            const task = taskNamed(tasks, request.task);
            const kept = await splitsIn(request.extends, sealed, artifacts);
            const { accepted, sources } = await readAccepted(events, task.name);
            const samples = await assignSplits(accepted, request, kept);
            return [await seal(request, task, samples, sources, artifacts)];
          } catch (error) {
            return [newEvent('DatasetRefused', { datasetId, model, task: request.task, ...refusal(error) })];
          }
        },
      },
    };
  },
});

/** The splits of the samples of the dataset that is extended: none for none. */
async function splitsIn(
  datasetId: string | null,
  sealed: ReadonlyMap<string, string>,
  artifacts: ArtifactStore,
): Promise<Assignment> {
  if (datasetId === null) return new Map();
  const artifact = sealed.get(datasetId);
  if (!artifact)
    throw new EpochlogError('NOT_FOUND', `dataset ${datasetId}, to be extended, was never sealed`);
  const { samples } = await decodeDataset(await artifacts.get(artifact));
  return new Map(samples.map(({ id, split }) => [id, split]));
}

/** The samples of a task that may be learnt from: of each record the newest that was accepted, unless it was withdrawn. */
async function readAccepted(events: ServiceContext['events'], task: string) {
  const ends = await events.endOffsets(['samples']);
  const accepted = new Map<string, SampleAccepted>();
  let read = 0;
  for await (const { type, data } of events.scan(DECISIONS, ends)) {
    if (++read % SAMPLES_A_TURN === 0) await yieldToEventLoop();
    if (data.task !== task) continue;
    if (type === 'SampleAccepted') accepted.set(data.recordId, data);
    else if (data.replaces) accepted.delete(data.recordId);
  }
  const sources = ends.map(({ topic, partition, offset }) => ({ topic, partition, from: 0, to: offset }));
  return { accepted: [...accepted.values()], sources };
}

async function seal(
  { datasetId, model, extends: base, seed }: DatasetRequested,
  task: Task,
  samples: readonly DatasetSample[],
  sources: readonly DatasetSealedSourceRange[],
  artifacts: ArtifactStore,
): Promise<NewEvent> {
  const labelled = samples.flatMap(({ target }) => (typeof target === 'string' ? [target] : []));
  const balance = [...Map.groupBy(labelled, (label) => label)].sort(([a], [b]) => (a < b ? -1 : 1));
  const labels = balance.map(([label]) => label);
  const header = { task: problemOf(task, labels), schema: task.schema };
  const { bytes, contentHash } = await encodeDataset(header, samples);
  const inSplit = (wanted: Split) => samples.filter(({ split }) => split === wanted).length;
  return newEvent('DatasetSealed', {
    datasetId,
    model,
    task: task.name,
    taskVersion: task.version,
    extends: base,
    artifact: await artifacts.put(bytes),
    contentHash,
    seed,
    labels,
    train: inSplit('train'),
    validation: inSplit('validation'),
    test: inSplit('test'),
    balance: Object.fromEntries(balance.map(([label, members]) => [label, members.length])),
    sources,
    reference: await referenceOf(task.schema, samples),
  });
}

const refusal = (error: unknown) =>
  failureOf(error, (cause) => (cause instanceof InvalidInput ? 'ARTIFACT_CORRUPT' : undefined));
