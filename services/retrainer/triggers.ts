import { type NewEvent, newEvent } from '../../kernel/event.ts';
import { engineNamed } from '../../ml/engines.ts';
import { InvalidInput } from '../../ml/errors.ts';
import type { RetrainingRequested, RetrainingTriggered } from '../../schemas/events.generated.ts';
import { isQuiet } from './corpus.ts';
import type { RetrainerSettings } from './settings.ts';
import { type State, trainingsOf } from './state.ts';

/** Whether a training may help against an alert: not against a version that cannot be served. */
const isOfData = (cause: string): cause is 'drift' | 'accuracy' => cause === 'drift' || cause === 'accuracy';

type Occasion = Pick<RetrainingTriggered, 'model' | 'cause' | 'reason' | 'engine' | 'params' | 'seed'>;

/**
 * A person asks: at once, unless the model is unknown, retired or being trained already, or the engine would refuse what
 * is asked of it.
 */
export function onRequest(
  state: State,
  request: RetrainingRequested,
  settings: RetrainerSettings,
): NewEvent[] {
  const { model, reason, engine, params, seed } = request;
  const refusal = whyRefused(state, request, settings);
  if (refusal) return [newEvent('RetrainingRefused', { model, ...refusal })];
  const how = { engine: engine ?? settings.engine, params, seed: seed ?? settings.seed };
  const fault = faultOf(how);
  if (fault) return [newEvent('RetrainingRefused', { model, ...fault })];
  return trigger(state, { model, cause: 'requested', reason, ...how }, settings);
}

/** Why an engine cannot train so: found out before a dataset is sealed for it. */
function faultOf({ engine, params }: Pick<Occasion, 'engine' | 'params'>) {
  try {
    engineNamed(engine).complete(params);
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const code = error.code === 'engine' ? 'ENGINE_UNKNOWN' : 'INPUT_INVALID';
    return { code, reason: error.message };
  }
}

function whyRefused(
  state: State,
  { model, create }: RetrainingRequested,
  settings: RetrainerSettings,
): { code: 'CONFLICT' | 'NOT_FOUND'; reason: string } | undefined {
  if (!create && model !== settings.model && !state.models.has(model)) {
    const known = [...new Set([settings.model, ...state.models.keys()])].sort().join(', ');
    const reason = `there is no model ${model}; known: ${known}. To create it, ask with --create ("create": true)`;
    return { code: 'NOT_FOUND', reason };
  }
  const { running, retired } = trainingsOf(state, model);
  if (retired) {
    const reason = `${model} is retired: promote one of its versions to bring it back, or train another model`;
    return { code: 'CONFLICT', reason };
  }
  if (!running) return undefined;
  const { retrainingId, datasetId, runId } = running;
  const reason = `${retrainingId} is under way (dataset ${datasetId}, run ${runId})`;
  return { code: 'CONFLICT', reason };
}

/**
 * Nobody asks: an alert about the version in production, or growth, once enough samples are new since the last
 * training and the burst that brought them is through. Never before a first version, whose training is asked for.
 */
export function unasked(state: State, settings: RetrainerSettings): NewEvent[] {
  const { model, engine, seed } = settings;
  const { production, running, samplesAtLast, alerts } = trainingsOf(state, model);
  if (production === undefined || running || !isQuiet(state.corpus)) return [];
  const fresh = state.corpus.accepted - samplesAtLast;
  const how = { engine, params: {}, seed };

  const alert = [...alerts.values()].find(({ version, cause }) => version === production && isOfData(cause));
  if (alert && isOfData(alert.cause) && fresh >= settings.minGrowthOnDrift * samplesAtLast) {
    return trigger(state, { model, cause: alert.cause, reason: alert.reason, ...how }, settings);
  }
  if (fresh > settings.growth * samplesAtLast) {
    const reason = `${fresh} new samples since the last training on ${samplesAtLast}`;
    return trigger(state, { model, cause: 'new_papers', reason, ...how }, settings);
  }
  return [];
}

function trigger(state: State, occasion: Occasion, settings: RetrainerSettings): NewEvent[] {
  const { model, seed } = occasion;
  const { count, samplesAtLast, dataset } = trainingsOf(state, model);
  const number = count + 1;
  const datasetId = `${model}-d${number}`;
  const { trainShare, validationShare } = settings;
  return [
    newEvent('RetrainingTriggered', {
      ...occasion,
      retrainingId: `${model}-t${number}`,
      samples: state.corpus.accepted,
      samplesAtLast,
      datasetId,
      runId: `${model}-r${number}`,
    }),
    newEvent('DatasetRequested', { datasetId, model, extends: dataset, seed, trainShare, validationShare }),
  ];
}
