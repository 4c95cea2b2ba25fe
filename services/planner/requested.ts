import { suggestion } from '../../kernel/nearest.ts';
import { assertWarmStart, completeParameters } from '../../ml/engines.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { TrainingPlanRefused, TrainingPlanRequested } from '../../schemas/events.generated.ts';
import { type Choice, chosenBy, plan } from './plan.ts';
import { plansOf, type State } from './state.ts';

/**
 * Plans a training at once, unless the model is not declared, retired or in training already, or the engine does not accept the
 * parameters.
 */
export function onRequest(state: State, request: TrainingPlanRequested): NewEvent[] {
  const { model, reason } = request;
  const { declared, policy } = plansOf(state, model);
  const refused = (why: Refusal) => [
    newEvent('TrainingPlanRefused', { model, ...why, policyVersion: policy.version }),
  ];
  if (!declared) return refused(undeclared(state, model));
  const choice = chosenBy(declared, request);
  const refusal = refusalOf(state, model) ?? engineRefusal(choice) ?? startRefusal(state, model, choice);
  return refusal ? refused(refusal) : plan(state, declared, { cause: 'requested', reason }, choice);
}

type Refusal = Pick<TrainingPlanRefused, 'code' | 'reason'>;

/** Why the engine does not accept its parameters: checked before a dataset is sealed. */
function engineRefusal({ engine, params, fromVersion }: Choice): Refusal | undefined {
  try {
    completeParameters(engine, params);
    if (fromVersion !== null) assertWarmStart(engine);
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const code = error.code === 'engine' ? 'ENGINE_UNKNOWN' : 'INPUT_INVALID';
    return { code, reason: error.message };
  }
}

/** Why training cannot start from a version: the model has none of that name. */
function startRefusal(state: State, model: string, { fromVersion }: Choice): Refusal | undefined {
  const { versions } = plansOf(state, model);
  if (fromVersion === null || versions.includes(fromVersion)) return undefined;
  return {
    code: 'NOT_FOUND',
    reason: `${model} has no version ${fromVersion}; ${suggestion(fromVersion, versions)}`,
  };
}

function undeclared({ models }: State, model: string): Refusal {
  const declared = [...models].filter(([, plans]) => plans.declared).map(([name]) => name);
  const hint = suggestion(model, declared.sort());
  const reason = `there is no model ${model}; ${hint} Declare it with \`epochlog model declare FILE.yaml\``;
  return { code: 'NOT_FOUND', reason };
}

function refusalOf(state: State, model: string): Refusal | undefined {
  const { running, registered, decision } = plansOf(state, model);
  if (decision?.type === 'ModelRetired') {
    const reason = `${model} is retired: promote one of its versions to bring it back, or train another model`;
    return { code: 'CONFLICT', reason };
  }
  if (!running) return undefined;
  const { planId, datasetId, runId } = running;
  const waits =
    registered === undefined ? '' : `; ${registered} of it waits for its review or its deployment`;
  const reason = `${planId} is running (dataset ${datasetId}, run ${runId})${waits}`;
  return { code: 'CONFLICT', reason };
}
