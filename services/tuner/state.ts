import type { Parameters } from '../../ml/engines/engine.ts';
import type { ProblemType } from '../../ml/problem.ts';
import type { SearchFile } from '../../ml/search/file.ts';
import type { Direction, Trial } from '../../ml/search/trial.ts';
import type { NewEvent, RecordedEvent } from '../../schemas/catalogue.ts';
import type {
  DatasetSealed,
  ModelDeclared,
  ParametersAdopted,
  SearchStarted,
} from '../../schemas/events.generated.ts';

/** A search that has not ended. */
export interface Search
  extends Pick<
    SearchStarted,
    'searchId' | 'model' | 'engine' | 'datasetId' | 'metric' | 'params' | 'seed' | 'train' | 'dueAt'
  > {
  readonly direction: Direction;
  readonly settings: SearchFile;
  /** in their order; each has the number of its place, from 1 */
  readonly trials: readonly Trial[];
  readonly timeIsOver: boolean;
  /** the last so many trials that ended have failed */
  readonly failuresInRow: number;
  /** when it ended, until it is decided which packages of its trials stay */
  readonly endedAt?: number;
}

/** What of a dataset decides whether a model can be searched on it. */
export interface Dataset {
  readonly model: string;
  readonly task: string;
  readonly type: ProblemType;
}

export interface State {
  readonly models: ReadonlyMap<string, ModelDeclared>;
  /** by id, in the order in which they were sealed */
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly running: ReadonlyMap<string, Search>;
  /** without the reports of their trials, but those of folds */
  readonly ended: ReadonlyMap<string, Search>;
  /** by model: parameters that were adopted since it was declared */
  readonly adopted: ReadonlyMap<string, ParametersAdopted>;
  /** of trials that run, by the id of the run */
  readonly runs: ReadonlyMap<string, { readonly searchId: string; readonly trial: number }>;
}

export const initialState = (): State => ({
  models: new Map(),
  datasets: new Map(),
  running: new Map(),
  ended: new Map(),
  adopted: new Map(),
  runs: new Map(),
});

/** The facts that begin, continue and end a search. */
export const SEARCH_FACTS = [
  'SearchStarted',
  'TrialStarted',
  'TrialReported',
  'TrialPruned',
  'TrialCompleted',
  'TrialFailed',
  'SearchCompleted',
] as const;

export type SearchFact = NewEvent<(typeof SEARCH_FACTS)[number]>;
type TrialFact = NewEvent<Exclude<SearchFact['type'], 'SearchStarted' | 'SearchCompleted'>>;

/** What a sealed dataset is of. */
function problemIn({ problem, labels }: DatasetSealed): ProblemType {
  if (problem === 'multilabel' || problem === 'regression') return problem;
  return labels.length > 0 ? 'classification' : 'regression';
}

/** Folds models, datasets, and searches with their trials. */
export function evolve(state: State, event: RecordedEvent): State {
  switch (event.type) {
    case 'ModelDeclared': {
      const { model } = event.data;
      const adopted = new Map(state.adopted);
      adopted.delete(model);
      return { ...state, adopted, models: new Map(state.models).set(model, event.data) };
    }
    case 'ParametersAdopted':
      return { ...state, adopted: new Map(state.adopted).set(event.data.model, event.data) };
    case 'DatasetSealed': {
      const { datasetId, model, task } = event.data;
      const type = problemIn(event.data);
      return { ...state, datasets: new Map(state.datasets).set(datasetId, { model, task, type }) };
    }
    case 'SearchStarted': {
      const search = searchOf(event.data);
      return { ...state, running: new Map(state.running).set(search.searchId, search) };
    }
    case 'TrialStarted':
    case 'TrialReported':
    case 'TrialPruned':
    case 'TrialCompleted':
    case 'TrialFailed':
      return withTrialFact(state, event);
    case 'SearchTimeLimitReached': {
      const search = state.running.get(event.data.searchId);
      if (!search) return state;
      return {
        ...state,
        running: new Map(state.running).set(search.searchId, { ...search, timeIsOver: true }),
      };
    }
    case 'SearchCompleted': {
      const { searchId } = event.data;
      const running = new Map(state.running);
      const search = running.get(searchId);
      running.delete(searchId);
      if (!search) return state;
      const trials = search.settings.folds
        ? search.trials
        : search.trials.map((trial) => ({ ...trial, reports: [] }));
      const end = { ...search, trials, endedAt: event.time };
      return { ...state, running, ended: new Map(state.ended).set(searchId, end) };
    }
    case 'TrialPackagesReleased': {
      const { searchId, kept } = event.data;
      const search = state.ended.get(searchId);
      if (!search) return state;
      const { endedAt: _, ...rest } = search;
      const trials = search.trials.map((trial) => ({
        ...trial,
        reports: [],
        package: kept.includes(trial.number) ? trial.package : undefined,
      }));
      return { ...state, ended: new Map(state.ended).set(searchId, { ...rest, trials }) };
    }
    default:
      return state;
  }
}

/** The parameters that a model is trained with: those declared and, for its engine, those adopted since. */
export function parametersInUse({ models, adopted }: State, model: string, engine: string): Parameters {
  const declared = models.get(model);
  const own = declared?.engine === engine ? declared.parameters : {};
  const better = adopted.get(model);
  return better?.engine === engine ? { ...own, ...better.params } : own;
}

/** A search as it starts. */
export function searchOf(started: SearchStarted): Search {
  const { searchId, model, engine, datasetId, metric, params, seed, train, dueAt } = started;
  const settings: SearchFile = JSON.parse(started.settings);
  const direction = started.direction === 'maximize' ? 'maximize' : 'minimize';
  const identity = { searchId, model, engine, datasetId, metric, params, seed, train, dueAt };
  return { ...identity, direction, settings, trials: [], timeIsOver: false, failuresInRow: 0 };
}

function withTrialFact(state: State, fact: TrialFact): State {
  const { searchId, trial } = fact.data;
  const search = state.running.get(searchId);
  if (!search) return state;
  const running = new Map(state.running).set(searchId, withTrial(search, fact));
  const runs = new Map(state.runs);
  const own = foldsOf(search).map((fold) => runIdOf(searchId, trial, fold));
  if (fact.type === 'TrialStarted') for (const runId of own) runs.set(runId, { searchId, trial });
  else if (fact.type !== 'TrialReported') for (const runId of own) runs.delete(runId);
  return { ...state, running, runs };
}

/** A search after a fact of one of its trials. */
export function withTrial(search: Search, { type, data }: TrialFact): Search {
  const changed = (change: Partial<Trial>): Search['trials'] =>
    search.trials.map((trial) => (trial.number === data.trial ? { ...trial, ...change } : trial));
  switch (type) {
    case 'TrialStarted': {
      const begun: Trial = { number: data.trial, values: data.values, state: 'running', reports: [] };
      return { ...search, trials: [...search.trials, begun] };
    }
    case 'TrialReported': {
      const { step, value, trial } = data;
      const reports = search.trials[trial - 1]?.reports ?? [];
      return { ...search, trials: changed({ reports: [...reports, { step, value }] }) };
    }
    case 'TrialPruned':
      return { ...search, trials: changed({ state: 'pruned' }), failuresInRow: 0 };
    case 'TrialCompleted':
      return {
        ...search,
        trials: changed({ state: 'completed', value: data.value, package: data.package ?? undefined }),
        failuresInRow: 0,
      };
    case 'TrialFailed':
      return { ...search, trials: changed({ state: 'failed' }), failuresInRow: search.failuresInRow + 1 };
  }
}

/** The folds that each trial is trained in, one after the other; one that is undefined for the splits as they are. */
export const foldsOf = ({ settings: { folds } }: Search): readonly (number | undefined)[] =>
  folds === undefined ? [undefined] : Array.from({ length: folds }, (_, at) => at + 1);

/** The run of a trial, or of one of its folds: the same after a crash. */
export const runIdOf = (searchId: string, trial: number, fold?: number): string =>
  fold === undefined ? `${searchId}-${trial}` : `${searchId}-${trial}-${fold}`;
