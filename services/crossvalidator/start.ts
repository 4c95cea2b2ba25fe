import { EpochlogError, failureOf } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { FOLD_KINDS, MAX_FOLDS } from '../../ml/dataset/cross-validation.ts';
import { completeParameters } from '../../ml/engines.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { CrossValidationRequested, CrossValidationStarted } from '../../schemas/events.generated.ts';
import type { State } from './state.ts';

/** Asks for the trainings of all folds, or refuses with what is wrong. */
export function start(state: State, request: CrossValidationRequested): NewEvent[] {
  try {
    const started = startedBy(state, request);
    return [newEvent('CrossValidationStarted', started), ...started.runIds.map(trainingOf(started))];
  } catch (error) {
    const { crossValidationId, model } = request;
    const failure = failureOf(error, (cause) => {
      if (!(cause instanceof InvalidInput)) return undefined;
      return cause.code === 'engine' ? 'ENGINE_UNKNOWN' : 'INPUT_INVALID';
    });
    return [newEvent('CrossValidationRefused', { crossValidationId, model, ...failure })];
  }
}

function startedBy(state: State, request: CrossValidationRequested): CrossValidationStarted {
  const { crossValidationId, model, folds, foldKind, column, reuse, requestedBy } = request;
  if (state.ids.has(crossValidationId))
    throw new EpochlogError(
      'CONFLICT',
      `there is a cross-validation ${crossValidationId} already: give another id`,
    );
  if (folds < 2 || folds > MAX_FOLDS)
    throw new EpochlogError('INPUT_INVALID', `there may be 2 to ${MAX_FOLDS} folds, not ${folds}`);
  if (!FOLD_KINDS.some((kind) => kind === foldKind))
    throw new EpochlogError('INPUT_INVALID', `folds are ${FOLD_KINDS.join(', ')}, not '${foldKind}'`);
  if ((column !== null) !== (foldKind === 'grouped'))
    throw new EpochlogError('INPUT_INVALID', 'a column is of grouped folds, and they need one');
  const declared = state.models.get(model);
  if (!declared)
    throw new EpochlogError(
      'NOT_FOUND',
      `there is no model ${model}; ${suggestion(model, [...state.models.keys()].sort())}`,
    );
  const engine = request.engine ?? declared.engine;
  const params = { ...(engine === declared.engine && declared.parameters), ...request.params };
  completeParameters(engine, params); // or it says which one is wrong, before anything is trained
  const datasetId = datasetOf(state, request, declared.task);
  const runIds = Array.from({ length: folds }, (_, at) => `${crossValidationId}-f${at + 1}`);
  const seed = request.seed ?? declared.seed;
  return {
    ...{ crossValidationId, model, datasetId, engine, seed, params },
    ...{ folds, foldKind, column, runIds, reuse, requestedBy },
  };
}

function datasetOf(
  { datasets }: State,
  { model, datasetId }: CrossValidationRequested,
  task: string,
): string {
  const newest = [...datasets].findLast(([, of]) => of.model === model && of.task === task)?.[0];
  const found = datasetId ?? newest;
  if (found === undefined)
    throw new EpochlogError(
      'NOT_FOUND',
      `${model} has no dataset yet: seal one with \`epochlog dataset seal --model ${model}\``,
    );
  const dataset = datasets.get(found);
  if (!dataset)
    throw new EpochlogError(
      'NOT_FOUND',
      `dataset ${found} was never sealed; ${suggestion(found, datasets.keys())}`,
    );
  if (dataset.task === task) return found;
  throw new EpochlogError(
    'CONFLICT',
    `dataset ${found} is of the task ${dataset.task}, but ${model} learns ${task}`,
  );
}

/** What of the samples a run learns from, and is measured on. */
export const foldAt = ({ folds, foldKind, column, seed }: CrossValidationStarted, number: number) => ({
  ...{ number, of: folds, foldKind, column, seed },
});

/** Like a trial, it is not registered as a version. */
const trainingOf = (started: CrossValidationStarted) => (runId: string, at: number) => {
  const { crossValidationId: searchId, model, datasetId, engine, seed, params, reuse } = started;
  return newEvent('TrainingRequested', {
    ...{ runId, model, datasetId, engine, seed, params, searchId },
    fold: foldAt(started, at + 1),
    fromVersion: null,
    seeds: {},
    checkpointEvery: null,
    keepBest: 1,
    reuse,
    reproduces: null,
  });
};
