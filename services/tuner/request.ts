import { parseDeclaration } from '../../kernel/declaration.ts';
import { EpochlogError, failureOf } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { PRIMARY_METRIC } from '../../ml/metrics/catalogue.ts';
import { objectiveOf, searchFile, sharedParameters } from '../../ml/search/file.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { SearchRequested, SearchStarted, SearchStopRequested } from '../../schemas/events.generated.ts';
import { type Dataset, parametersInUse, type State, searchOf } from './state.ts';
import { ended, nextTrials } from './trials.ts';

/** Starts a search with its first trials, or refuses it with what is wrong and where. */
export function start(state: State, request: SearchRequested, time: number): NewEvent[] {
  try {
    const started = startedBy(state, request, time);
    return [newEvent('SearchStarted', started), ...nextTrials(searchOf(started))];
  } catch (error) {
    return [refusalOf(request.searchId, error)];
  }
}

/** Ends a search that is running. */
export function stop(state: State, { searchId, requestedBy, reason }: SearchStopRequested): NewEvent[] {
  const search = state.running.get(searchId);
  if (search) return ended(search, 'stopped', `${requestedBy} stopped it: ${reason}`);
  const known = [...state.running.keys()].sort();
  const error = state.ended.has(searchId)
    ? new EpochlogError('CONFLICT', `search ${searchId} has ended already`)
    : new EpochlogError('NOT_FOUND', `there is no search ${searchId}; ${suggestion(searchId, known)}`);
  return [refusalOf(searchId, error)];
}

const refusalOf = (searchId: string, error: unknown) =>
  newEvent('SearchRefused', {
    searchId,
    ...failureOf(error, (cause) => {
      if (!(cause instanceof InvalidInput)) return undefined;
      return cause.code === 'engine' ? 'ENGINE_UNKNOWN' : 'INPUT_INVALID';
    }),
  });

function startedBy(state: State, request: SearchRequested, time: number): SearchStarted {
  const { searchId, train, reason, requestedBy } = request;
  if (state.running.has(searchId) || state.ended.has(searchId)) {
    throw new EpochlogError('CONFLICT', `search ${searchId} is there already: give another id`);
  }
  const settings = parseDeclaration('the search file', request.file, searchFile);
  const declared = state.models.get(settings.model);
  if (!declared) {
    const hint = suggestion(settings.model, [...state.models.keys()].sort());
    throw new EpochlogError(
      'NOT_FOUND',
      `there is no model ${settings.model}; ${hint} Declare it with \`epochlog model declare FILE.yaml\``,
    );
  }
  const { model, task, engine, seed } = declared;
  const [datasetId, { type }] = datasetOf(state, request.datasetId, declared);
  const objective = objectiveOf(settings, type, PRIMARY_METRIC[type]);
  return {
    ...{ searchId, model, task, engine, datasetId, seed, train, reason, requestedBy },
    ...objective,
    settings: JSON.stringify(settings),
    params: sharedParameters(settings, engine, parametersInUse(state, model, engine)),
    dueAt: settings.time_limit === undefined ? null : time + 1_000 * settings.time_limit,
  };
}

function datasetOf(
  { datasets }: State,
  named: string | null,
  { model, task }: { model: string; task: string },
): [datasetId: string, dataset: Dataset] {
  const newest = [...datasets].findLast(([, of]) => of.model === model && of.task === task);
  const datasetId = named ?? newest?.[0];
  if (datasetId === undefined) {
    throw new EpochlogError(
      'NOT_FOUND',
      `${model} has no dataset yet: seal one with \`epochlog dataset seal --model ${model}\``,
    );
  }
  const dataset = datasets.get(datasetId);
  if (!dataset) {
    const hint = suggestion(datasetId, datasets.keys());
    throw new EpochlogError('NOT_FOUND', `dataset ${datasetId} was never sealed; ${hint}`);
  }
  if (dataset.task === task) return [datasetId, dataset];
  throw new EpochlogError(
    'CONFLICT',
    `dataset ${datasetId} is of the task ${dataset.task}, but ${model} learns ${task}`,
  );
}
