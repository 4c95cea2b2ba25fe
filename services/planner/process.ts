import { type NewEvent, newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import type {
  DatasetSealed,
  TrainingPlanConcluded,
  VersionRegistered,
} from '../../schemas/events.generated.ts';
import type { PlanOutcome } from '../../schemas/vocabularies.ts';
import { type Plans, plansOf, type State } from './state.ts';

/** Each of these concludes the plan that it belongs to. */
export const ENDS = [
  'DatasetRefused',
  'TrainingFailed',
  'RunCancelled',
  'EvaluationFailed',
  'PromotionRefused',
  'VersionPromoted',
  'ReviewConcluded',
] as const;

/** Concludes the running plan when its version is registered, and that is all that was asked for. */
export function onRegistered(state: State, { model, version, runId }: VersionRegistered): NewEvent[] {
  const { running } = plansOf(state, model);
  if (running?.runId !== runId || running.promote) return [];
  const outcome: PlanOutcome = 'registered';
  const reason = `no promotion was asked for; \`epochlog promote ${version} --model ${model}\` does it`;
  return [newEvent('TrainingPlanConcluded', { model, planId: running.planId, outcome, version, reason })];
}

/** Requests the run once the dataset of the plan is sealed. */
export function onDatasetSealed(state: State, { model, datasetId }: DatasetSealed): NewEvent[] {
  const { running, dataset } = plansOf(state, model);
  if (running?.datasetId !== datasetId || dataset === datasetId) return [];
  const { runId, engine, seed, params, fromVersion, seeds, checkpointEvery, keepBest, reuse } = running;
  return [
    newEvent('TrainingRequested', {
      runId,
      model,
      datasetId,
      engine,
      seed,
      params,
      searchId: null,
      reproduces: null,
      fold: null,
      fromVersion,
      seeds,
      checkpointEvery,
      keepBest,
      reuse,
    }),
  ];
}

/** Concludes the running plan when the event ends it. */
export function conclude(state: State, event: RecordedEvent<(typeof ENDS)[number]>): NewEvent[] {
  const { model, reason } = event.data;
  const plans = plansOf(state, model);
  const { running } = plans;
  if (!running || !isOwn(event, plans)) return [];
  const { planId } = running;
  return [newEvent('TrainingPlanConcluded', { model, planId, ...conclusionOf(event), reason })];
}

/** An approved version is promoted or refused after its review; of one that needs changes nothing else comes. */
function isOwn(
  event: RecordedEvent<(typeof ENDS)[number]>,
  { running, registered }: Pick<Plans, 'running' | 'registered'>,
): boolean {
  switch (event.type) {
    case 'DatasetRefused':
      return event.data.datasetId === running?.datasetId;
    case 'ReviewConcluded':
      return event.data.version === registered && event.data.outcome === 'changes_requested';
    default:
      return event.data.runId === running?.runId;
  }
}

function conclusionOf(
  event: RecordedEvent<(typeof ENDS)[number]>,
): Pick<TrainingPlanConcluded, 'version'> & { outcome: PlanOutcome } {
  switch (event.type) {
    case 'VersionPromoted':
      return { outcome: 'promoted', version: event.data.version };
    case 'PromotionRefused':
    case 'ReviewConcluded':
      return { outcome: 'refused', version: event.data.version };
    case 'RunCancelled':
      return { outcome: 'cancelled', version: null };
    default:
      return { outcome: 'failed', version: null };
  }
}
