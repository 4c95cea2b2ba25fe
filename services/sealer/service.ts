import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { EpochlogError, failureOf } from '../../kernel/errors.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import { encodeSorted } from '../../ml/dataset/format.ts';
import { Profiler } from '../../ml/dataset/profile.ts';
import { DatasetReader } from '../../ml/dataset/read.ts';
import type { RollingFeature } from '../../ml/dataset/rolling.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { KnownWords } from '../../ml/features/known-words.ts';
import { labelsIn } from '../../ml/label-sets.ts';
import { type NewEvent, newEvent, reactorService, type ServiceContext } from '../../schemas/catalogue.ts';
import type {
  DatasetRequested,
  DatasetSealed,
  DatasetSealedSourceRange,
} from '../../schemas/events.generated.ts';
import { loadTasks } from '../../tasks/load.ts';
import { problemOf } from '../../tasks/problem.ts';
import { type Tasks, taskNamed, withDeclared } from '../../tasks/registry.ts';
import type { Task } from '../../tasks/task.ts';
import { assignSplits } from './assign.ts';
import { computedFields, rollingIn } from './computed.ts';
import { Corpus } from './corpus.ts';
import { checkExpectations } from './expectations.ts';
import { extended } from './extend.ts';
import { readLabels, relabel, sampleOf } from './labels.ts';
import { type GroupNames, groupNamesOf, separationOf } from './linked.ts';
import { Reference } from './reference.ts';
import type { Assignment } from './split.ts';

/** After so many, others get their turn. */
const SAMPLES_A_TURN = 200;

const HELD_OUT = ['validation', 'test'] as const;

const DECISIONS = ['SampleAccepted', 'SampleDeduplicated', 'SampleRejected'] as const;

const shipped = await loadTasks();

/** Seals the samples of a task that are accepted so far as a dataset that never changes, each in its split. */
export const service = reactorService({
  name: 'sealer',
  reactsTo: ['DatasetRequested', 'DatasetExtensionRequested'],
  stateFrom: ['DatasetSealed', 'TaskDeclared', 'ModelDeclared'],
  start({ events, artifacts }) {
    const sealed = new Map<string, Sealed>();
    const features = new Map<string, readonly RollingFeature[]>();
    let tasks: Tasks = shipped;
    let last: LastSealed | undefined;
    return {
      evolve({ type, data }) {
        if (type === 'TaskDeclared') tasks = withDeclared(tasks, shipped, data);
        if (type === 'ModelDeclared') features.set(data.model, rollingIn(data));
        if (type !== 'DatasetSealed') return;
        const { artifact, task, sources, seed, split, folds, fold } = data;
        const { minimumLabels, labelTies, relabelled } = data;
        const rule = { seed, split, folds, fold, minimumLabels, labelTies };
        sealed.set(data.datasetId, { artifact, task, sources, ...rule, relabelled });
      },
      on: {
        async DatasetExtensionRequested({ data: request }) {
          const { datasetId, model } = request;
          const base = sealed.get(request.extends);
          try {
            if (sealed.has(datasetId))
              throw new EpochlogError('CONFLICT', `dataset ${datasetId} is sealed already: give another id`);
            if (!base) throw new EpochlogError('NOT_FOUND', `dataset ${request.extends} was never sealed`);
            const task = taskNamed(tasks, base.task);
            const contents = await extended(request, base, task, artifacts);
            const { seed, split, folds, fold, minimumLabels, labelTies } = base;
            const asked = { ...request, seed, split, folds, fold, minimumLabels, labelTies };
            const rolling = features.get(model) ?? [];
            return await seal(asked, task, { ...contents, rolling }, new KnownWords(), artifacts);
          } catch (error) {
            return [
              newEvent('DatasetRefused', { datasetId, model, task: base?.task ?? '', ...refusal(error) }),
            ];
          }
        },
        async DatasetRequested({ data: request }) {
          const { datasetId, model } = request;
          try {
            if (sealed.has(datasetId)) {
              throw new EpochlogError('CONFLICT', `dataset ${datasetId} is sealed already: give another id`);
            }
            const task = taskNamed(tasks, request.task);
            if (request.folds > 0 && request.extends !== null)
              throw new EpochlogError('INPUT_INVALID', 'a fold keeps no splits: it extends no dataset');
            const base = baseOf(request.extends, sealed);
            const corpus = new Corpus();
            const kept = await extend(corpus, base, task.name, artifacts);
            const held = base?.task === task.name ? base.sources : [];
            const labels = await readLabels(events, task.name);
            const decided = new Set<string>();
            const accepted = await readAccepted(corpus, held, task.name, events, (id) => {
              if (labels.known.has(id)) decided.add(id);
            });
            const sources = [...accepted, ...labels.sources];
            const read = { task: task.name, held, decided };
            const relabelled = await relabel(corpus, labels, request, read, events);
            const names = await groupNamesOf(task, request, corpus);
            const splits = await assignSplits(corpus.keys(), request, kept, task.target.type, names);
            const { facts: checked, refusal: broken } = await checkExpectations(
              request,
              task,
              corpus,
              splits,
            );
            if (broken) {
              const why = { datasetId, model, task: request.task, ...refusal(broken) };
              return [...checked, newEvent('DatasetRefused', why)];
            }
            const isContinued = last?.datasetId === request.extends && last.task === task;
            const words = isContinued && leaves(kept, splits, corpus) ? last?.words : undefined;
            last = undefined; // its words become those of the next
            const rolling = features.get(model) ?? [];
            const contents = {
              corpus,
              splits,
              sources,
              seen: words ? kept : new Map(),
              relabelled,
              names,
              rolling,
            };
            const known = words ?? new KnownWords();
            const facts = await seal(request, task, contents, known, artifacts);
            last = { datasetId, task, words: known };
            return [...checked, ...facts];
          } catch (error) {
            return [newEvent('DatasetRefused', { datasetId, model, task: request.task, ...refusal(error) })];
          }
        },
      },
    };
  },
});

/** What is known of a dataset: where it is, and what of the log is in it. */
type Sealed = Pick<
  DatasetSealed,
  | 'artifact'
  | 'task'
  | 'sources'
  | 'seed'
  | 'split'
  | 'folds'
  | 'fold'
  | 'minimumLabels'
  | 'labelTies'
  | 'relabelled'
>;

/** The dataset that was sealed last: the next one extends it, as a rule, and need not read its training texts for words. */
interface LastSealed {
  readonly datasetId: string;
  readonly task: Task;
  readonly words: KnownWords;
}

/** Whether all samples of the dataset that is extended are as they were. */
const leaves = (kept: Assignment, splits: Assignment, corpus: Corpus): boolean =>
  !corpus.isCorrected && [...kept].every(([id, split]) => splits.get(id) === split);

/** The dataset that is extended. */
function baseOf(datasetId: string | null, sealed: ReadonlyMap<string, Sealed>): Sealed | undefined {
  if (datasetId === null) return undefined;
  const base = sealed.get(datasetId);
  if (base) return base;
  throw new EpochlogError('NOT_FOUND', `dataset ${datasetId}, to be extended, was never sealed`);
}

/** Begins a corpus with the samples of the dataset that is extended. Returns their splits, also those of another task. */
async function extend(
  corpus: Corpus,
  base: Sealed | undefined,
  task: string,
  artifacts: ArtifactStore,
): Promise<Assignment> {
  if (!base) return new Map();
  const bytes = await artifacts.get(base.artifact);
  return (base.task === task ? corpus : new Corpus()).extend(bytes);
}

/**
 * Adds the samples of a task that may be learnt from: of each record the newest that was accepted, unless it was withdrawn.
 * The dataset that is extended holds what came before it; the log is read from there on.
 */
async function readAccepted(
  corpus: Corpus,
  held: readonly DatasetSealedSourceRange[],
  task: string,
  events: ServiceContext['events'],
  onDecided: (id: string) => void,
): Promise<DatasetSealedSourceRange[]> {
  const from = held.map(({ topic, partition, to }) => ({ topic, partition, offset: to }));
  const ends = await events.endOffsets(['samples']);
  let read = 0;
  for await (const { type, data } of events.scan(DECISIONS, ends, from)) {
    if (++read % SAMPLES_A_TURN === 0) await yieldToEventLoop();
    if (data.task !== task) continue;
    if (type === 'SampleAccepted') await corpus.accept(sampleOf(data));
    else if (data.replaces) corpus.withdraw(data.recordId);
    if (type === 'SampleAccepted' || data.replaces) onDecided(data.recordId);
  }
  return ends.map(({ topic, partition, offset }) => ({ topic, partition, from: 0, to: offset }));
}

/** What is sealed. */
export interface Contents {
  readonly corpus: Corpus;
  readonly splits: Assignment;
  readonly sources: readonly DatasetSealedSourceRange[];
  /** those whose words are known */
  readonly seen: Assignment;
  /** samples that have another label than their source says */
  readonly relabelled: number;
  /** groups of each sample, where they decided the splits and it may be in several */
  readonly names?: GroupNames | undefined;
  /** features that are computed of other samples */
  readonly rolling?: readonly RollingFeature[];
}

type Asked = Pick<
  DatasetRequested,
  'datasetId' | 'model' | 'extends' | 'seed' | 'split' | 'folds' | 'fold' | 'minimumLabels' | 'labelTies'
>;

async function seal(
  { datasetId, model, extends: base, seed, split, folds, fold, minimumLabels, labelTies }: Asked,
  task: Task,
  { corpus, splits, sources, seen, relabelled, names, rolling = [] }: Contents,
  known: KnownWords,
  artifacts: ArtifactStore,
): Promise<NewEvent[]> {
  const counts = new Map<string, number>();
  for (const { id, target } of corpus.keys()) {
    if (typeof target !== 'string' || !splits.has(id)) continue;
    for (const label of task.target.type === 'multilabel' ? labelsIn(target) : [target])
      counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const balance = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const labels = balance.map(([label]) => label);
  const { schema, add } = await computedFields(task.schema, rolling, corpus, splits);
  const header = { task: problemOf(task, labels), schema };
  const reference = new Reference(schema, known, seed);
  const profiler = new Profiler(schema, header.task.type);
  async function* samples() {
    for await (const read of corpus.samples(splits)) {
      const chunk = read.map(add);
      for (const sample of chunk) {
        profiler.add(sample);
        if (sample.split === 'train' && !seen.has(sample.id)) reference.train(sample);
      }
      yield chunk;
    }
  }
  const { bytes, contentHash } = await encodeSorted(header, samples());
  for await (const chunk of new DatasetReader(bytes).samples(HELD_OUT))
    for (const sample of chunk) reference.holdOut(sample);
  const groups = names && { groups: separationOf(names, splits) };
  const profile = { ...profiler.profile(known.size), ...groups };
  const sealed = newEvent('DatasetSealed', {
    datasetId,
    model,
    task: task.name,
    taskVersion: task.version,
    extends: base,
    artifact: await artifacts.put(bytes),
    contentHash,
    seed,
    split,
    folds,
    fold,
    minimumLabels,
    labelTies,
    relabelled,
    labels,
    problem: header.task.type,
    ...profile.sizes,
    profile: await artifacts.put(Buffer.from(JSON.stringify(profile))),
    balance: Object.fromEntries(balance),
    sources,
    reference: reference.histograms(),
  });
  const ofRows = { datasetId, model, task: task.name, seed, ...reference.sampled() };
  return [sealed, newEvent('ReferenceSampled', ofRows)];
}

const refusal = (error: unknown) =>
  failureOf(error, (cause) => (cause instanceof InvalidInput ? 'ARTIFACT_CORRUPT' : undefined));
