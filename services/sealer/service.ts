import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { EpochlogError, failureOf } from '../../kernel/errors.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import { writeSorted } from '../../ml/dataset/format.ts';
import { Profiler } from '../../ml/dataset/profile.ts';
import type { RollingFeature } from '../../ml/dataset/rolling.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { KnownWords } from '../../ml/features/known-words.ts';
import { labelsIn } from '../../ml/label-sets.ts';
import { SpilledBytes } from '../../ml/on-disk/bytes.ts';
import type { Spill } from '../../ml/on-disk/spill.ts';
import { type NewEvent, newEvent, reactorService, type ServiceContext } from '../../schemas/catalogue.ts';
import type { DatasetRequested, DatasetSealedSourceRange } from '../../schemas/events.generated.ts';
import { loadTasks } from '../../tasks/load.ts';
import { problemOf } from '../../tasks/problem.ts';
import { type Tasks, taskNamed, withDeclared } from '../../tasks/registry.ts';
import type { Task } from '../../tasks/task.ts';
import { EarlierDatasets } from './again.ts';
import { assignSplits } from './assign.ts';
import { baseOf, type Sealed } from './base.ts';
import { computedFields, rollingIn } from './computed.ts';
import type { Contents } from './contents.ts';
import { Corpus } from './corpus.ts';
import { checkExpectations } from './expectations.ts';
import { extended } from './extend.ts';
import { readLabels, relabel, sampleOf } from './labels.ts';
import { groupNamesOf, separationOf } from './linked.ts';
import { Reference } from './reference.ts';
import { NO_SPLIT, type Splits } from './rows.ts';
import type { SealedCorpus } from './sealed-corpus.ts';
import { settings } from './settings.ts';

/** After so many, others get their turn. */
const SAMPLES_A_TURN = 200;

const DECISIONS = ['SampleAccepted', 'SampleDeduplicated', 'SampleRejected'] as const;

const shipped = await loadTasks();

/** Seals the samples of a task that are accepted so far as a dataset that never changes, each in its split. */
export const service = reactorService({
  name: 'sealer',
  settings,
  reactsTo: ['DatasetRequested', 'DatasetExtensionRequested'],
  stateFrom: ['DatasetSealed', 'TaskDeclared', 'ModelDeclared'],
  start(context) {
    const { events, artifacts, scratch, clock } = context;
    const earlier = new EarlierDatasets(context);
    const sealed = new Map<string, Sealed>();
    const features = new Map<string, readonly RollingFeature[]>();
    let tasks: Tasks = shipped;
    let last: LastSealed | undefined;
    return {
      evolve({ type, data }) {
        if (type === 'TaskDeclared') tasks = withDeclared(tasks, shipped, data);
        if (type === 'ModelDeclared') features.set(data.model, rollingIn(data));
        if (type !== 'DatasetSealed') return;
        const { datasetId, model, extends: base, artifact, task, sources, seed, split, folds, fold } = data;
        const { minimumLabels, labelTies, relabelled } = data;
        const rule = { seed, split, folds, fold, minimumLabels, labelTies };
        sealed.set(datasetId, {
          datasetId,
          model,
          extends: base,
          artifact,
          task,
          sources,
          ...rule,
          relabelled,
        });
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
            await using spill = scratch.create();
            const contents = await extended(request, base, task, artifacts, spill);
            const { seed, split, folds, fold, minimumLabels, labelTies } = base;
            const asked = { ...request, seed, split, folds, fold, minimumLabels, labelTies };
            const rolling = features.get(model) ?? [];
            return await seal(asked, task, { ...contents, rolling }, new KnownWords(), artifacts, spill);
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
            const base = baseOf(request, sealed);
            const rolling = features.get(model) ?? [];
            const rules = { request, taskVersion: task.version, rolling };
            const reused = await earlier.find(rules, sealed.values());
            if (reused) return [reused];
            const began = clock.now();
            await using spill = scratch.create();
            const labels = await readLabels(events, task.name);
            const gathered = new Corpus(spill, labels.known);
            if (base) await gathered.extend(await artifacts.open(base.artifact), base.task === task.name);
            const held = base?.task === task.name ? base.sources : [];
            const decided = new Set<string>();
            const accepted = await readAccepted(gathered, held, task.name, events, (id) => {
              if (labels.known.has(id)) decided.add(id);
            });
            const sources = [...accepted, ...labels.sources];
            const read = { task: task.name, held, decided };
            const relabelled = await relabel(gathered, labels, request, read, events);
            const corpus = await gathered.sealed();
            const names = await groupNamesOf(task, request, corpus, spill);
            const splits = await assignSplits(corpus, request, spill, task.target.type, names);
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
            const words = isContinued && corpus.isContinued(splits) ? last?.words : undefined;
            last = undefined; // its words become those of the next
            const contents = {
              corpus,
              splits,
              sources,
              isKnown: words !== undefined,
              relabelled,
              names,
              rolling,
            };
            const known = words ?? new KnownWords();
            const facts = await seal(request, task, contents, known, artifacts, spill);
            last = { datasetId, task, words: known };
            const [fact] = facts;
            await earlier.keep(rules, fact.data, (clock.now() - began) / 1_000);
            return [...checked, ...facts];
          } catch (error) {
            return [newEvent('DatasetRefused', { datasetId, model, task: request.task, ...refusal(error) })];
          }
        },
      },
    };
  },
});

/** The dataset that was sealed last: the next one extends it, as a rule, and need not read its training texts for words. */
interface LastSealed {
  readonly datasetId: string;
  readonly task: Task;
  readonly words: KnownWords;
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
    else if (data.replaces) await corpus.withdraw(data.recordId);
    if (type === 'SampleAccepted' || data.replaces) onDecided(data.recordId);
  }
  return ends.map(({ topic, partition, offset }) => ({ topic, partition, from: 0, to: offset }));
}

type Asked = Pick<
  DatasetRequested,
  'datasetId' | 'model' | 'extends' | 'seed' | 'split' | 'folds' | 'fold' | 'minimumLabels' | 'labelTies'
>;

async function seal(
  { datasetId, model, extends: base, seed, split, folds, fold, minimumLabels, labelTies }: Asked,
  task: Task,
  { corpus, splits, sources, isKnown, relabelled, names, rolling = [] }: Contents,
  known: KnownWords,
  artifacts: ArtifactStore,
  spill: Spill,
): Promise<[NewEvent<'DatasetSealed'>, NewEvent<'ReferenceSampled'>]> {
  const balance = await balanceOf(corpus, splits, task);
  const labels = balance.map(([label]) => label);
  const { schema, add } = await computedFields(task.schema, rolling, corpus, splits);
  const header = { task: problemOf(task, labels), schema };
  const reference = new Reference(schema, spill, known, seed);
  const profiler = new Profiler(schema, header.task.type, spill);
  async function* samples() {
    for await (const read of corpus.samples(splits)) {
      for (const sample of read)
        if (sample.split === 'train' && !(isKnown && corpus.kept[sample.row] !== NO_SPLIT))
          reference.train(sample);
      const chunk = read.map(add);
      await reference.holdOut(chunk.filter(({ split }) => split !== 'train'));
      await profiler.add(chunk);
      yield chunk;
    }
  }
  const file = new SpilledBytes(spill);
  const contentHash = await writeSorted(header, samples(), (part) => file.write(part));
  const { histograms, ...sampled } = await reference.measured();
  const groups = names && { groups: await separationOf(names, splits) };
  const profile = { ...(await profiler.profile(known.size)), ...groups };
  const [artifact, ofProfile] = await Promise.all([
    artifacts.put(file),
    artifacts.put(Buffer.from(JSON.stringify(profile))),
  ]);
  const sealed = newEvent('DatasetSealed', {
    datasetId,
    model,
    task: task.name,
    taskVersion: task.version,
    extends: base,
    artifact,
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
    profile: ofProfile,
    balance: Object.fromEntries(balance),
    sources,
    reference: histograms,
  });
  const ofRows = { datasetId, model, task: task.name, seed, ...sampled };
  return [sealed, newEvent('ReferenceSampled', ofRows)];
}

/** How many samples of each class are in a split, sorted by class; none of a number. */
async function balanceOf(
  corpus: SealedCorpus,
  splits: Splits,
  { target }: Task,
): Promise<[string, number][]> {
  const counts = new Map<string, number>();
  for await (const heads of corpus.heads()) {
    for (const { row, target: own } of heads) {
      if (typeof own !== 'string' || splits[row] === NO_SPLIT) continue;
      for (const label of target.type === 'multilabel' ? labelsIn(own) : [own])
        counts.set(label, (counts.get(label) ?? 0) + 1);
    }
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

const refusal = (error: unknown) =>
  failureOf(error, (cause) => (cause instanceof InvalidInput ? 'ARTIFACT_CORRUPT' : undefined));
