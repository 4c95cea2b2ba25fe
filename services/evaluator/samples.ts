import { hash } from 'node:crypto';
import { EpochlogError } from '../../kernel/errors.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import { type FoldOf, inFoldOf } from '../../ml/dataset/cross-validation.ts';
import { decodeDataset } from '../../ml/dataset/read.ts';
import type { Instance } from '../../ml/instance/schema.ts';
import { type Example, isTargetOf, type LearningProblem, labelsOf } from '../../ml/problem.ts';
import type { TextFile } from '../../ml/records/lines.ts';
import { readRow, readRows } from '../../tasks/rows.ts';
import type { Task } from '../../tasks/task.ts';
import { type Computed, withComputed } from '../../tasks/with-computed.ts';

/** A clean instance whose target is known. */
export interface Sample extends Example {
  /** of its record */
  readonly id: string;
  readonly otherLabels: readonly string[];
  /** ISO 8601; null without */
  readonly time: string | null;
  readonly group: string | null;
}

/** Samples of a source, and the rows in it that are none. */
export interface Source {
  readonly samples: readonly Sample[];
  readonly unreadable: number;
  /** why the first of those rows is none; undefined where it only lacks a label, or there is no such row */
  readonly firstFault?: string | undefined;
}

/** The test split of a dataset: never trained on, and not what chose the epoch or the temperature. */
export async function readTestSplit(artifacts: ArtifactStore, digest: string): Promise<Source> {
  const { samples } = await decodeDataset(await artifacts.get(digest), ['test']);
  return { samples, unreadable: 0 };
}

/** The samples of a fold of the training and the validation split, which the model of that fold did not learn from. */
export async function readFold(artifacts: ArtifactStore, digest: string, fold: FoldOf): Promise<Source> {
  const { samples } = await decodeDataset(await artifacts.get(digest), ['train', 'validation']);
  return { samples: inFoldOf(samples, fold).filter(({ split }) => split === 'test'), unreadable: 0 };
}

/**
 * The labelled records of a file, cleaned as samples are; rows that hold none, or none with a label, are left out.
 *
 * @param computed numbers that the file must have beside the columns of the task
 */
export async function readRecords(file: TextFile, learnt: Task, computed: Computed = []): Promise<Source> {
  const task = withComputed(learnt, computed);
  const samples: Sample[] = [];
  let unreadable = 0;
  let firstFault: string | undefined;
  for await (const row of readRows(file, task)) {
    const { record, fault } = readRow(row, task);
    if (!record || record.target === null) {
      unreadable += 1;
      firstFault ??= fault && `row ${row.number}: ${fault.reason}`;
    } else {
      const { id, target, otherLabels, time, group } = record;
      samples.push({ id, instance: task.clean(record.instance), target, otherLabels, time, group });
    }
  }
  return { samples, unreadable, firstFault };
}

/** The instances of a file, labelled or not, cleaned: what a model may be asked about. */
export async function readInstances(file: TextFile, learnt: Task, computed: Computed): Promise<Instance[]> {
  const task = withComputed(learnt, computed);
  const instances: Instance[] = [];
  for await (const row of readRows(file, task)) {
    const { record } = readRow(row, task);
    if (record) instances.push(task.clean(record.instance));
  }
  if (instances.length > 0) return instances;
  throw new EpochlogError('INPUT_EMPTY', `${file.name} holds no record`);
}

/** What was learnt from, and is no test of what was learnt. */
export interface TrainingSplit {
  /** whether a sample is in it, by its id or its instance */
  has(sample: Sample): boolean;
}

/** The training split of a sealed dataset. */
export async function readTrainingSplit(artifacts: ArtifactStore, digest: string): Promise<TrainingSplit> {
  const known = new Set<string>();
  const { samples } = await decodeDataset(await artifacts.get(digest), ['train']);
  for (const sample of samples) {
    known.add(sample.id);
    known.add(contentHash(sample));
  }
  return { has: (sample) => known.has(sample.id) || known.has(contentHash(sample)) };
}

const contentHash = ({ instance }: Pick<Sample, 'instance'>): string =>
  hash('sha256', JSON.stringify(Object.entries(instance).sort()), 'base64');

/** Records of a source that cannot be measured on, and why the first row is none. */
export interface LeftOut {
  readonly unknownTarget: number;
  readonly unreadable: number;
  readonly firstFault: string | null;
}

export const bothLeftOut = (one: LeftOut, other: LeftOut): LeftOut => ({
  unknownTarget: one.unknownTarget + other.unknownTarget,
  unreadable: one.unreadable + other.unreadable,
  firstFault: one.firstFault ?? other.firstFault,
});

/** What an evaluation takes of its source. */
export interface Choice {
  /** what each model learnt: a label that one of them does not know is of no use */
  tasks: readonly LearningProblem[];
  /** the training splits of the models */
  training: readonly TrainingSplit[];
  includeTraining: boolean;
}

/** The samples whose target all models know, without those that a model has learnt from. INPUT_EMPTY when there is none. */
export function usableSamples({ samples, unreadable, firstFault }: Source, choice: Choice) {
  const { tasks, training, includeTraining } = choice;
  const known = samples.filter(({ target }) => tasks.every((task) => isTargetOf(task, target)));
  const unseen = known.filter((sample) => !training.some((split) => split.has(sample)));
  const usable = includeTraining ? known : unseen;
  const inTraining = known.length - unseen.length;
  const leftOut: LeftOut = {
    unknownTarget: samples.length - known.length,
    unreadable,
    firstFault: firstFault ?? null,
  };
  if (usable.length > 0) return { usable, inTraining, leftOut };
  throw new EpochlogError(
    'INPUT_EMPTY',
    `no record to measure with: ${leftOut.unknownTarget} have ${otherTarget(tasks[0])}, ` +
      `${inTraining} were in the training split, ${unreadable} rows hold no labelled record` +
      (firstFault === undefined ? '' : ` (${firstFault})`),
  );
}

function otherTarget(task: LearningProblem | undefined): string {
  const labels = task && labelsOf(task);
  return labels ? `another label than ${labels.join(', ')}` : 'no number within the range of the target';
}
