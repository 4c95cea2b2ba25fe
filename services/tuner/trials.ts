import { didYouMean } from '../../kernel/nearest.ts';
import { isPruned } from '../../ml/search/pruners.ts';
import { samplerOf } from '../../ml/search/samplers/samplers.ts';
import { bestOf, type Trial } from '../../ml/search/trial.ts';
import { type NewEvent, newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import type { EpochCompleted, TrainingCompleted } from '../../schemas/events.generated.ts';
import type { SearchOutcome } from '../../schemas/vocabularies.ts';
import { runIdOf, type Search, type State, withTrial } from './state.ts';

/** A search ends when so many trials have failed one after the other: the next ones would too. */
const MAX_FAILURES = 10;
const TUNER = 'tuner';

/** The trials that can start now, up to as many as may run at a time; the end of the search when nothing is left to do. */
export function nextTrials(search: Search): NewEvent[] {
  const { searchId, model, engine, datasetId, seed, params, direction, settings } = search;
  const { space, startup_trials: startupTrials, parallel_trials: most, max_evals: last } = settings;
  const sampler = samplerOf(settings.sampler);
  const plan = { space, direction, seed: settings.seed, startupTrials };
  const events: NewEvent[] = [];
  let now = search;
  while (runningOf(now).length < most && now.trials.length < last) {
    const values = sampler(plan, now.trials, now.trials.length);
    if (!values) break;
    const trial = now.trials.length + 1;
    const runId = runIdOf(searchId, trial);
    const started = newEvent('TrialStarted', { searchId, model, trial, runId, values });
    const run = { runId, model, datasetId, engine, seed, params: { ...params, ...values }, searchId };
    events.push(started, newEvent('TrainingRequested', run));
    now = withTrial(now, started);
  }
  if (runningOf(now).length > 0) return events;
  return now.trials.length >= last
    ? ended(now, 'trials', `it had ${last} trials`)
    : ended(now, 'exhausted', 'all of the space was tried');
}

const runningOf = ({ trials }: Search): readonly Trial[] => trials.filter(({ state }) => state === 'running');

/** An epoch of a trial is a report, after which the trial may be pruned. */
export function onEpoch(state: State, { runId, epoch: step, validation }: EpochCompleted): NewEvent[] {
  const found = trialOf(state, runId);
  const value = found && validation[found.search.metric];
  if (!found || value === undefined || !Number.isFinite(value)) return [];
  const { search, trial } = found;
  const { searchId, direction, settings } = search;
  const reported = newEvent('TrialReported', { searchId, trial, step, value });
  const now = withTrial(search, reported);
  const others = now.trials.filter(({ number }) => number !== trial);
  if (!isPruned(settings.pruner, now.trials[trial - 1]!, others, direction)) return [reported];
  const pruned = newEvent('TrialPruned', { searchId, trial, step, value });
  const cancel = newEvent('RunCancelRequested', {
    runId,
    reason: `pruned: other trials of ${searchId} were better at epoch ${step}`,
    requestedBy: TUNER,
  });
  return [reported, pruned, cancel, ...nextTrials(withTrial(now, pruned))];
}

/** The run of a trial ended with a model: its value is that of the objective on the validation split. */
export function onCompleted(state: State, { runId, metrics }: TrainingCompleted): NewEvent[] {
  const found = trialOf(state, runId);
  if (!found) return [];
  const { search, trial } = found;
  const { searchId, metric } = search;
  const value = metrics[metric];
  if (value !== undefined && Number.isFinite(value)) {
    const completed = newEvent('TrialCompleted', { searchId, trial, value, metrics });
    return [completed, ...nextTrials(withTrial(search, completed))];
  }
  const known = Object.keys(metrics);
  const reason =
    value === undefined
      ? `the run reports no ${metric}${didYouMean(metric, known)}; it reports ${known.join(', ')}`
      : `${metric} is ${value}`;
  return failed(search, trial, 'INPUT_INVALID', reason);
}

/** The run of a trial ended without a model. */
export function onFailed(
  state: State,
  { type, data }: RecordedEvent<'TrainingFailed' | 'RunCancelled'>,
): NewEvent[] {
  const found = trialOf(state, data.runId);
  if (!found) return [];
  const code = type === 'RunCancelled' ? 'CANCELLED' : data.code;
  return failed(found.search, found.trial, code, data.reason);
}

function failed(search: Search, trial: number, code: string, reason: string): NewEvent[] {
  const fact = newEvent('TrialFailed', { searchId: search.searchId, trial, code, reason });
  const now = withTrial(search, fact);
  if (now.failuresInRow < MAX_FAILURES) return [fact, ...nextTrials(now)];
  const why = `${MAX_FAILURES} trials failed one after the other; the last: ${reason}`;
  return [fact, ...ended(now, 'failures', why)];
}

/** Ends a search: what still runs is cancelled, and when it is asked for the model is trained with the best parameters. */
export function ended(search: Search, outcome: SearchOutcome, reason: string): NewEvent[] {
  const { searchId, model, engine, seed, params, direction, metric } = search;
  const trials = runningOf(search);
  const cancelled = trials.flatMap(({ number: trial }) => [
    newEvent('TrialFailed', { searchId, trial, code: 'CANCELLED', reason }),
    newEvent('RunCancelRequested', { runId: runIdOf(searchId, trial), reason, requestedBy: TUNER }),
  ]);
  const best = bestOf(search.trials, direction);
  const chosen = best ? { ...params, ...best.values } : {};
  const count = (state: Trial['state']) => search.trials.filter((trial) => trial.state === state).length;
  const completed = newEvent('SearchCompleted', {
    ...{ searchId, model, outcome, reason },
    ...{ best: best?.number ?? null, value: best?.value ?? null, params: chosen },
    ...{ completed: count('completed'), pruned: count('pruned'), failed: count('failed') + trials.length },
  });
  if (!best || !search.train) return [...cancelled, completed];
  const training = newEvent('TrainingPlanRequested', {
    ...{ model, engine, seed, params: chosen, promote: true, requestedBy: TUNER },
    reason: `the best of search ${searchId}: trial ${best.number}, ${metric} ${best.value} on the validation split`,
  });
  return [...cancelled, completed, training];
}

function trialOf(state: State, runId: string): { search: Search; trial: number } | undefined {
  const run = state.runs.get(runId);
  const search = run && state.running.get(run.searchId);
  return search && { search, trial: run.trial };
}
