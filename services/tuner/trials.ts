import { didYouMean } from '../../kernel/nearest.ts';
import { completeParameters } from '../../ml/engines.ts';
import { isOwnMetric } from '../../ml/metrics/operational.ts';
import { valuesInUse } from '../../ml/search/in-use.ts';
import { isPruned } from '../../ml/search/pruners.ts';
import { samplerOf } from '../../ml/search/samplers/samplers.ts';
import { bestOf, type Trial } from '../../ml/search/trial.ts';
import { type NewEvent, newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import type { EpochCompleted, TrainingCompleted, TrialCompleted } from '../../schemas/events.generated.ts';
import type { SearchOutcome } from '../../schemas/vocabularies.ts';
import { foldsOf, runIdOf, type Search, type State, withTrial } from './state.ts';

/** A search ends when so many trials have failed one after the other: the next ones would too. */
const MAX_FAILURES = 10;
const TUNER = 'tuner';

/** The trials that can start now, up to as many as may run at a time; the end of the search when nothing is left to do. */
export function nextTrials(search: Search): NewEvent[] {
  const { searchId, model, direction, settings } = search;
  const { space, startup_trials: startupTrials, parallel_trials: most, max_evals: last } = settings;
  const sampler = samplerOf(settings.sampler);
  const plan = { space, direction, seed: settings.seed, startupTrials };
  const events: NewEvent[] = [];
  let now = search;
  while (runningOf(now).length < most && now.trials.length < last) {
    const values = (now.trials.length === 0 && inUse(search)) || sampler(plan, now.trials, now.trials.length);
    if (!values) break;
    const trial = now.trials.length + 1;
    const runId = runIdOf(searchId, trial, foldsOf(search)[0]);
    const started = newEvent('TrialStarted', { searchId, model, trial, runId, values });
    now = withTrial(now, started);
    events.push(started, trainingOf(now, trial));
  }
  if (runningOf(now).length > 0) return events;
  return now.trials.length >= last
    ? ended(now, 'trials', `it had ${last} trials`)
    : ended(now, 'exhausted', 'all of the space was tried');
}

/** The first trial has the hyperparameters in use, where the space has them: the best are never worse. A grid has its own. */
const inUse = ({ settings: { space, sampler }, engine, params }: Search) =>
  sampler.kind === 'grid' ? undefined : valuesInUse(space, completeParameters(engine, params));

/** The request of the run that a trial has next: of its first fold, or of the one after those that it has reported. */
function trainingOf(search: Search, trial: number): NewEvent {
  const { searchId, model, datasetId, engine, seed, params, settings, trials } = search;
  const { values } = trials[trial - 1]!;
  const { runId, number } = currentRun(search, trial);
  return newEvent('TrainingRequested', {
    ...{ runId, model, datasetId, engine, seed, params: { ...params, ...values }, searchId },
    fromVersion: null,
    seeds: {},
    checkpointEvery: null,
    keepBest: null,
    reuse: false,
    reproduces: null,
    fold:
      number === undefined ? null : { number, of: settings.folds!, foldKind: 'hash', column: null, seed: 0 },
  });
}

function currentRun(search: Search, trial: number): { runId: string; number: number | undefined } {
  const { searchId, settings, trials } = search;
  const number = settings.folds === undefined ? undefined : trials[trial - 1]!.reports.length + 1;
  return { runId: runIdOf(searchId, trial, number), number };
}

const runningOf = ({ trials }: Search): readonly Trial[] => trials.filter(({ state }) => state === 'running');

/** An epoch of a trial is a report, after which the trial may be pruned; of a trial in folds, a fold is. */
export function onEpoch(state: State, { runId, epoch, validation }: EpochCompleted): NewEvent[] {
  const found = trialOf(state, runId);
  const value = found && validation[found.search.metric];
  if (!found || value === undefined || !Number.isFinite(value) || found.search.settings.folds) return [];
  const { search, trial } = found;
  const { events, now } = reported(search, trial, epoch, value);
  if (now.trials[trial - 1]!.state === 'running') return events;
  const cancel = newEvent('RunCancelRequested', {
    runId,
    reason: `pruned: other trials of ${search.searchId} were better at epoch ${epoch}`,
    requestedBy: TUNER,
  });
  return [...events, cancel, ...nextTrials(now)];
}

/** A report, and whether the trial is pruned after it. */
function reported(search: Search, trial: number, step: number, value: number) {
  const { searchId, direction, settings } = search;
  const report = newEvent('TrialReported', { searchId, trial, step, value });
  const now = withTrial(search, report);
  const others = now.trials.filter(({ number }) => number !== trial);
  if (!isPruned(settings.pruner, now.trials[trial - 1]!, others, direction)) return { events: [report], now };
  const pruned = newEvent('TrialPruned', { searchId, trial, step, value });
  return { events: [report, pruned], now: withTrial(now, pruned) };
}

/**
 * A run of a trial ended with a model: its value is that of the objective on the validation split. Of a trial in folds it is
 * the mean over them: the next fold is trained unless the trial is pruned.
 */
export function onCompleted(
  state: State,
  { runId, metrics, package: digest }: TrainingCompleted,
): NewEvent[] {
  const found = trialOf(state, runId);
  if (!found) return [];
  const { search, trial } = found;
  const { metric, settings, trials } = search;
  const value = metrics[metric];
  if (value !== undefined && Number.isFinite(value)) {
    if (settings.folds === undefined) return completed(search, trial, { value, metrics, package: digest });
    const { reports } = trials[trial - 1]!;
    const fold = reports.length + 1;
    const mean = ((reports.at(-1)?.value ?? 0) * (fold - 1) + value) / fold;
    const { events, now } = reported(search, trial, fold, mean);
    if (now.trials[trial - 1]!.state !== 'running') return [...events, ...nextTrials(now)];
    if (fold < settings.folds) return [...events, trainingOf(now, trial)];
    return [
      ...events,
      ...completed(now, trial, { value: mean, metrics: { [metric]: mean }, package: digest }),
    ];
  }
  if (value !== undefined) return failed(search, trial, 'INPUT_INVALID', `${metric} is ${value}`);
  const known = Object.keys(metrics);
  const reason = `the run reports no ${metric}${didYouMean(metric, known)}; it reports ${known.join(', ')}`;
  if (!isOwnMetric(metric)) return failed(search, trial, 'INPUT_INVALID', reason);
  // no other trial would report it either
  const why = `${reason}. EPOCHLOG_METRICS names the folder of its module, where the trainer runs`;
  const fact = newEvent('TrialFailed', {
    ...{ searchId: search.searchId, trial, code: 'INPUT_INVALID', reason: why },
  });
  return [fact, ...ended(withTrial(search, fact), 'failures', why)];
}

function completed(
  search: Search,
  trial: number,
  result: Pick<TrialCompleted, 'value' | 'metrics' | 'package'>,
): NewEvent[] {
  const fact = newEvent('TrialCompleted', { searchId: search.searchId, trial, ...result });
  return [fact, ...nextTrials(withTrial(search, fact))];
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
    newEvent('RunCancelRequested', { runId: currentRun(search, trial).runId, reason, requestedBy: TUNER }),
  ]);
  const best = bestOf(search.trials, direction);
  const chosen = best ? { ...params, ...best.values } : {};
  const count = (state: Trial['state']) => search.trials.filter((trial) => trial.state === state).length;
  const end = newEvent('SearchCompleted', {
    ...{ searchId, model, outcome, reason },
    ...{ best: best?.number ?? null, value: best?.value ?? null, params: chosen },
    ...{ completed: count('completed'), pruned: count('pruned'), failed: count('failed') + trials.length },
  });
  if (!best || !search.train) return [...cancelled, end];
  const training = newEvent('TrainingPlanRequested', {
    ...{
      model,
      engine,
      seed,
      params: chosen,
      promote: true,
      fromVersion: null,
      seeds: {},
      checkpointEvery: null,
      keepBest: null,
      reuse: false,
      change: null,
      requestedBy: TUNER,
    },
    reason: `the best of search ${searchId}: trial ${best.number}, ${metric} ${best.value} on the validation split`,
  });
  return [...cancelled, end, training];
}

function trialOf(state: State, runId: string): { search: Search; trial: number } | undefined {
  const run = state.runs.get(runId);
  const search = run && state.running.get(run.searchId);
  return search && { search, trial: run.trial };
}
