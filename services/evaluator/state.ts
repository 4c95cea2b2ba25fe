import type { RecordedEvent, ServiceContext } from '../../schemas/catalogue.ts';
import type { EvaluationRequested } from '../../schemas/events.generated.ts';
import { type Decision, decisionOf, laterOf, PRODUCTION_FACTS } from '../../schemas/models/production.ts';
import { loadTasks } from '../../tasks/load.ts';
import { type Tasks, withDeclared } from '../../tasks/registry.ts';
import { EarlierEvaluations, type Known } from './again.ts';
import { Packages } from './packages.ts';
import { Quiet } from './quiet.ts';
import type { TrainingSplit } from './samples.ts';
import type { EvaluatorSettings } from './settings.ts';

export type Context = ServiceContext<EvaluatorSettings>;

const shipped = await loadTasks();

export const STATE_FROM = [
  ...PRODUCTION_FACTS,
  'DatasetSealed',
  'ModelDeclared',
  'TaskDeclared',
  'TrainingRequested',
  'TrainingCompleted',
  'TrainingFailed',
  'RunCancelled',
] as const;

/** What evaluations are made with: the datasets there are, and the version that a new one has to beat. */
export interface State {
  /** artifact by dataset */
  datasets: Map<string, string>;
  /** artifact by content hash */
  contents: Map<string, string>;
  /** of the dataset that was asked for last: a version is measured on many records, one file after another */
  training?: { contentHash: string; split: TrainingSplit };
  /** by model, the last one about production */
  decisions: Map<string, Decision>;
  /** by model */
  modelTasks: Map<string, string>;
  tasks: Tasks;
  readonly packages: Packages;
  readonly quiet: Quiet;
  /** declarations of tasks so far */
  tasksVersion: number;
  /** version by task, of those that were declared */
  readonly taskVersions: Map<string, string>;
  /** runs whose result an earlier one may stand for, until they have ended */
  readonly reusable: Set<string>;
  readonly earlier: EarlierEvaluations;
}

export const initialState = (context: Context): State => ({
  datasets: new Map(),
  contents: new Map(),
  decisions: new Map(),
  modelTasks: new Map(),
  tasks: shipped,
  packages: new Packages(context.artifacts),
  quiet: new Quiet(),
  tasksVersion: 0,
  taskVersions: new Map(),
  reusable: new Set(),
  earlier: new EarlierEvaluations(context),
});

export function evolve(state: State, event: RecordedEvent): void {
  const { datasets, contents, decisions, modelTasks } = state;
  switch (event.type) {
    case 'DatasetSealed':
      datasets.set(event.data.datasetId, event.data.artifact);
      contents.set(event.data.contentHash, event.data.artifact);
      modelTasks.set(event.data.model, event.data.task);
      break;
    case 'ModelDeclared':
      modelTasks.set(event.data.model, event.data.task);
      break;
    case 'TaskDeclared':
      state.tasksVersion += 1;
      state.taskVersions.set(event.data.task, event.data.version);
      state.tasks = withDeclared(state.tasks, shipped, event.data);
      break;
    case 'TrainingRequested':
      if (event.data.reuse) state.reusable.add(event.data.runId);
      break;
    case 'TrainingCompleted':
    case 'TrainingFailed':
    case 'RunCancelled':
      state.reusable.delete(event.data.runId);
      break;
    case 'VersionPromoted':
    case 'VersionRolledBack':
    case 'ModelRetired': {
      const { model } = event.data;
      decisions.set(model, laterOf(decisions.get(model), decisionOf(event)));
    }
  }
}

/** The version in production, as a baseline. */
export function baselineFor(model: string, { decisions }: State): EvaluationRequested['baseline'] {
  const production = decisions.get(model)?.production;
  return production ? { version: production.version, package: production.package } : null;
}

/** What an evaluation is made of besides its request: when it has changed, the evaluation is another one. */
export const inputsOf = ({ datasetId, data, model }: EvaluationRequested, state: State): string =>
  JSON.stringify([
    state.datasets.get(datasetId ?? ''),
    state.modelTasks.get(model),
    state.tasksVersion,
    data === null ? 0 : state.contents.size,
  ]);

/** What the key of an evaluation is made of, besides its request. */
export const knownIn = ({ datasets, contents, modelTasks, taskVersions, packages }: State): Known => ({
  dataset: (datasetId) => datasets.get(datasetId),
  content: (contentHash) => contents.get(contentHash),
  taskOf(model) {
    const task = modelTasks.get(model) ?? '';
    return { task, version: taskVersions.get(task) };
  },
  packages,
});
