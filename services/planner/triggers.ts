import { suggestion } from '../../kernel/nearest.ts';
import { completeParameters } from '../../ml/engines.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type {
  AlertRaised,
  ModelDeclared,
  TrainingPlanned,
  TrainingPlanRequested,
} from '../../schemas/events.generated.ts';
import type { AlertCause, PlanCause } from '../../schemas/vocabularies.ts';
import { isSettled } from './corpus.ts';
import type { PlannerSettings } from './settings.ts';
import { corpusOf, plansOf, type State } from './state.ts';

/** The alerts that new training data may resolve. */
const TRIGGERING = ['drift', 'quality'] as const satisfies readonly (AlertCause & PlanCause)[];

const triggeringCause = ({ cause }: AlertRaised) => TRIGGERING.find((candidate) => candidate === cause);

type Trigger = Pick<TrainingPlanned, 'model' | 'reason' | 'engine' | 'params' | 'seed'> & {
  cause: PlanCause;
};

/**
 * Plans a training at once, unless the model is not declared, retired or in training already, or the engine does not accept the
 * parameters.
 */
export function onRequest(
  state: State,
  request: TrainingPlanRequested,
  settings: PlannerSettings,
): NewEvent[] {
  const { model, reason } = request;
  const { declared } = plansOf(state, model);
  if (!declared) return [newEvent('TrainingPlanRefused', { model, ...undeclared(state, model) })];
  const chosen = chosenBy(declared, request);
  const refusal = refusalOf(state, model) ?? engineRefusal(chosen);
  if (refusal) return [newEvent('TrainingPlanRefused', { model, ...refusal })];
  return plan(state, declared, { model, cause: 'requested', reason, ...chosen }, settings);
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

/** How a model is trained: as it is declared, but for what the request says. */
const chosenBy = (
  { engine, parameters, seed }: ModelDeclared,
  request?: Pick<TrainingPlanRequested, 'engine' | 'params' | 'seed'>,
) => ({
  engine: request?.engine ?? engine,
  params:
    request?.engine && request.engine !== engine ? request.params : { ...parameters, ...request?.params },
  seed: request?.seed ?? seed,
});

function undeclared({ models }: State, model: string): { code: 'NOT_FOUND'; reason: string } {
  const declared = [...models].filter(([, plans]) => plans.declared).map(([name]) => name);
  const hint = suggestion(model, declared.sort());
  const reason = `there is no model ${model}; ${hint} Declare it with \`epochlog model declare FILE.yaml\``;
  return { code: 'NOT_FOUND', reason };
}

function refusalOf(state: State, model: string): { code: 'CONFLICT'; reason: string } | undefined {
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
export function automaticTriggers(state: State, settings: PlannerSettings): NewEvent[] {
  return [...state.models.keys()].flatMap((model) => automaticTrigger(state, model, settings));
}

function automaticTrigger(state: State, model: string, settings: PlannerSettings): NewEvent[] {
  const { declared, decision, running, samplesAtLast, alerts } = plansOf(state, model);
  const production = decision?.production?.version;
  const corpus = corpusOf(state, declared?.task);
  if (!declared || production === undefined || running || !isSettled(corpus)) return [];
  const fresh = corpus.accepted - samplesAtLast;
  const chosen = chosenBy(declared);

  const alert = [...alerts.values()].find(
    (open) => open.version === production && triggeringCause(open) !== undefined,
  );
  const cause = alert && triggeringCause(alert);
  if (alert && cause && fresh >= settings.minGrowthOnDrift * samplesAtLast) {
    return plan(state, declared, { model, cause, reason: alert.reason, ...chosen }, settings);
  }
  if (fresh > settings.growth * samplesAtLast) {
    const reason = `${fresh} new samples since the last training on ${samplesAtLast}`;
    return plan(state, declared, { model, cause: 'new_samples', reason, ...chosen }, settings);
  }
  return [];
}

/** Starts a training plan by asking for its dataset. */
function plan(
  state: State,
  { task }: ModelDeclared,
  trigger: Trigger,
  settings: PlannerSettings,
): NewEvent[] {
  const { model, seed } = trigger;
  const { count, samplesAtLast, dataset } = plansOf(state, model);
  const number = count + 1;
  const datasetId = `${model}-d${number}`;
  const { trainFraction, validationFraction } = settings;
  return [
    newEvent('TrainingPlanned', {
      ...trigger,
      planId: `${model}-t${number}`,
      samples: corpusOf(state, task).accepted,
      samplesAtLast,
      datasetId,
      runId: `${model}-r${number}`,
    }),
    newEvent('DatasetRequested', {
      datasetId,
      model,
      task,
      extends: dataset,
      seed,
      trainFraction,
      validationFraction,
    }),
  ];
}
