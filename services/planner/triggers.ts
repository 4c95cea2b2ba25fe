import { type NewEvent, newEvent } from '../../kernel/event.ts';
import { completeParameters } from '../../ml/engines.ts';
import { InvalidInput } from '../../ml/errors.ts';
import type { AlertRaised, TrainingPlanned, TrainingPlanRequested } from '../../schemas/events.generated.ts';
import type { AlertCause, PlanCause } from '../../schemas/vocabularies.ts';
import { isSettled } from './corpus.ts';
import type { PlannerSettings } from './settings.ts';
import { plansOf, type State } from './state.ts';

/** The alerts that new training data may resolve. */
const TRIGGERING = ['drift', 'quality'] as const satisfies readonly (AlertCause & PlanCause)[];

const triggeringCause = ({ cause }: AlertRaised) => TRIGGERING.find((candidate) => candidate === cause);

type Trigger = Pick<TrainingPlanned, 'model' | 'reason' | 'engine' | 'params' | 'seed'> & {
  cause: PlanCause;
};

/**
 * Plans a training at once, unless the model is unknown, retired or in training already, or the engine does not accept the
 * parameters.
 */
export function onRequest(
  state: State,
  request: TrainingPlanRequested,
  settings: PlannerSettings,
): NewEvent[] {
  const { model, reason, engine, params, seed } = request;
  const chosen = { engine: engine ?? settings.engine, params, seed: seed ?? settings.seed };
  const refusal = refusalOf(state, request, settings) ?? engineRefusal(chosen);
  if (refusal) return [newEvent('TrainingPlanRefused', { model, ...refusal })];
  return plan(state, { model, cause: 'requested', reason, ...chosen }, settings);
}

/** Why the engine does not accept its parameters: checked before a dataset is sealed. */
function engineRefusal({ engine, params }: Pick<Trigger, 'engine' | 'params'>) {
  try {
    completeParameters(engine, params);
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const code = error.code === 'engine' ? 'ENGINE_UNKNOWN' : 'INPUT_INVALID';
    return { code, reason: error.message };
  }
}

function refusalOf(
  state: State,
  { model, create }: TrainingPlanRequested,
  settings: PlannerSettings,
): { code: 'CONFLICT' | 'NOT_FOUND'; reason: string } | undefined {
  if (!create && model !== settings.model && !state.models.has(model)) {
    const models = [...new Set([settings.model, ...state.models.keys()])].sort().join(', ');
    const reason = `there is no model ${model}; known: ${models}. To create it, ask with --create ("create": true)`;
    return { code: 'NOT_FOUND', reason };
  }
  const { running, decision } = plansOf(state, model);
  if (decision?.type === 'ModelRetired') {
    const reason = `${model} is retired: promote one of its versions to bring it back, or train another model`;
    return { code: 'CONFLICT', reason };
  }
  if (!running) return undefined;
  const { planId, datasetId, runId } = running;
  const reason = `${planId} is running (dataset ${datasetId}, run ${runId})`;
  return { code: 'CONFLICT', reason };
}

/**
 * Plans a training without a request: on an alert about the version in production, or on growth, once enough samples are
 * new since the last plan and the corpus is settled. A model's first training is always requested.
 */
export function automaticTrigger(state: State, settings: PlannerSettings): NewEvent[] {
  const { model, engine, seed } = settings;
  const { decision, running, samplesAtLast, alerts } = plansOf(state, model);
  const production = decision?.production?.version;
  if (production === undefined || running || !isSettled(state.corpus)) return [];
  const fresh = state.corpus.accepted - samplesAtLast;
  const chosen = { engine, params: {}, seed };

  const alert = [...alerts.values()].find(
    (open) => open.version === production && triggeringCause(open) !== undefined,
  );
  const cause = alert && triggeringCause(alert);
  if (alert && cause && fresh >= settings.minGrowthOnDrift * samplesAtLast) {
    return plan(state, { model, cause, reason: alert.reason, ...chosen }, settings);
  }
  if (fresh > settings.growth * samplesAtLast) {
    const reason = `${fresh} new samples since the last training on ${samplesAtLast}`;
    return plan(state, { model, cause: 'new_samples', reason, ...chosen }, settings);
  }
  return [];
}

/** Starts a training plan by asking for its dataset. */
function plan(state: State, trigger: Trigger, settings: PlannerSettings): NewEvent[] {
  const { model, seed } = trigger;
  const { count, samplesAtLast, dataset } = plansOf(state, model);
  const number = count + 1;
  const datasetId = `${model}-d${number}`;
  const { trainFraction, validationFraction } = settings;
  return [
    newEvent('TrainingPlanned', {
      ...trigger,
      planId: `${model}-t${number}`,
      samples: state.corpus.accepted,
      samplesAtLast,
      datasetId,
      runId: `${model}-r${number}`,
    }),
    newEvent('DatasetRequested', {
      datasetId,
      model,
      extends: dataset,
      seed,
      trainFraction,
      validationFraction,
    }),
  ];
}
