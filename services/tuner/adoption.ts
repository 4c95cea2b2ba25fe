import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { completeParameters } from '../../ml/engines.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { gainOf, METRICS } from '../../ml/metrics/catalogue.ts';
import { measure } from '../../ml/metrics/format.ts';
import { bestOf, type Trial } from '../../ml/search/trial.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type {
  AdoptionRequested,
  EvaluationCompleted,
  EvaluationFailed,
} from '../../schemas/events.generated.ts';
import { parametersInUse, type Search, type State } from './state.ts';

/**
 * The best parameters of a search are adopted when their package is better than that of the parameters in use on the test
 * split, of which neither the trainings nor the search knew. This asks for that evaluation, or refuses with why not.
 */
export function requestAdoption(state: State, { searchId }: AdoptionRequested): NewEvent[] {
  try {
    const search = endedSearch(state, searchId);
    const [best, rival] = contestants(state, search);
    const request = newEvent('EvaluationRequested', {
      evaluationId: evaluationOf(searchId),
      ...{ model: search.model, version: null, runId: null, package: best.package },
      ...{ datasetId: search.datasetId, data: null, dataName: null, includeTraining: false },
      examination: null,
      fold: null,
      reuse: false,
      baseline: { version: `trial ${rival.number}`, package: rival.package },
      requestedBy: 'tuner',
    });
    return [request];
  } catch (error) {
    if (!(error instanceof EpochlogError)) throw error;
    return [newEvent('AdoptionRefused', { searchId, code: error.code, reason: error.message })];
  }
}

/** Adopts the best parameters when they are better by the objective, or by the primary metric where the test split has no such. */
export function onEvaluated(
  state: State,
  { evaluationId, metrics, primaryMetric, baseline, samples }: EvaluationCompleted,
): NewEvent[] {
  const search = searchOfEvaluation(state, evaluationId);
  if (!search || !baseline) return [];
  const { searchId, model, engine, params, direction } = search;
  const best = bestOf(search.trials, direction);
  if (!best) return [];
  const metric = metrics[search.metric] === undefined ? primaryMetric : search.metric;
  const [value, rival] = [metrics[metric]!, baseline.metrics[metric]!];
  const comparison = `${metric} ${measure(metric, value, 2)} against ${measure(metric, rival, 2)} of the parameters in use (${baseline.version}) on the same ${samples} test samples`;
  if (!(gainBy(metric, value, rival, direction) > 0)) {
    const reason = `trial ${best.number} is not better: ${comparison}`;
    return [newEvent('AdoptionRefused', { searchId, code: 'CONFLICT', reason })];
  }
  const pValue = baseline.paired.find((difference) => difference.metric === metric)?.pValue ?? null;
  return [
    newEvent('ParametersAdopted', {
      ...{ searchId, model, engine, trial: best.number, params: { ...params, ...best.values } },
      ...{ metric, value, rival, samples, pValue, evaluationId, reason: comparison },
    }),
  ];
}

/** Which value of a metric of the user is better, the search alone says. */
const gainBy = (metric: string, value: number, rival: number, direction: Search['direction']): number =>
  Object.hasOwn(METRICS, metric)
    ? gainOf(metric, value, rival)
    : direction === 'minimize'
      ? rival - value
      : value - rival;

export function onEvaluationFailed(
  state: State,
  { evaluationId, code, reason }: EvaluationFailed,
): NewEvent[] {
  const search = searchOfEvaluation(state, evaluationId);
  return search ? [newEvent('AdoptionRefused', { searchId: search.searchId, code, reason })] : [];
}

const evaluationOf = (searchId: string): string => `${searchId}-adoption`;

const searchOfEvaluation = ({ ended }: State, evaluationId: string): Search | undefined => {
  const search = ended.get(evaluationId.replace(/-adoption$/, ''));
  return search && evaluationOf(search.searchId) === evaluationId ? search : undefined;
};

function endedSearch({ running, ended }: State, searchId: string): Search {
  const search = ended.get(searchId);
  if (search) return search;
  if (running.has(searchId)) throw new EpochlogError('CONFLICT', `search ${searchId} has not ended yet`);
  throw new EpochlogError(
    'NOT_FOUND',
    `there is no search ${searchId}; ${suggestion(searchId, ended.keys())}`,
  );
}

type Contestant = Trial & { readonly package: string };

/** The best trial, and one with the parameters in use. */
function contestants(state: State, search: Search): [best: Contestant, rival: Contestant] {
  const { searchId, model, direction } = search;
  const trials = search.trials.filter((trial): trial is Contestant => trial.package !== undefined);
  const best = trials.find(({ number }) => number === bestOf(search.trials, direction)?.number);
  if (!best) throw new EpochlogError('CONFLICT', `no trial of ${searchId} has a value`);
  const rival = trials.find((trial) => hasParametersInUse(state, search, trial));
  if (!rival) {
    throw new EpochlogError(
      'CONFLICT',
      `no completed trial of ${searchId} has the parameters in use of ${model}, to compare with: they are the first trial of a search whose space has them, and that has no base_config and no grid, and its package stays as long as they are in use`,
    );
  }
  if (rival.number !== best.number) return [best, rival];
  throw new EpochlogError(
    'CONFLICT',
    `the parameters in use are the best of ${searchId} already (trial ${best.number})`,
  );
}

/** Whether a trial had the parameters that its model is trained with now, so that its package can stand for them. */
export function hasParametersInUse(state: State, search: Search, { values }: Trial): boolean {
  const { model, engine, params } = search;
  return keyOf(engine, { ...params, ...values }) === keyOf(engine, parametersInUse(state, model, engine));
}

/** The same for the same parameters, defaults filled in. */
function keyOf(engine: string, parameters: Parameters<typeof completeParameters>[1]): string | undefined {
  try {
    return JSON.stringify(Object.entries(completeParameters(engine, parameters)).sort());
  } catch (error) {
    if (error instanceof InvalidInput) return undefined; // the engine has changed since
    throw error;
  }
}
