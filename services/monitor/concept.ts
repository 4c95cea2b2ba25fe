import { measure } from '../../ml/metrics/format.ts';
import { detectorOf } from '../../ml/monitors/concept-drift.ts';
import { type NewEvent, newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import type { PolicyChangedMonitor as Monitor } from '../../schemas/events.generated.ts';
import { monitorOf, raise, resolve } from './alerts.ts';
import { inProduction, joinedBy, type Labelled, type MonitorState, policyOf } from './state.ts';
import { type Hearing, monitorsOf } from './watch.ts';

const KIND = 'conceptDrift';

/** The error of an answer: 1 of a wrong label; of a number as a fraction of the rmse on the test split. */
function errorOf(state: MonitorState, { served, truth }: Labelled): number | undefined {
  if (served.value === null) return served.label === truth.label ? 0 : 1;
  const { evaluationId } = inProduction(state, served) ?? {};
  const { rmse = 0 } = state.evaluations.get(evaluationId ?? '')?.metrics ?? {};
  return rmse > 0 ? Math.abs(served.value - truth.value!) / rmse : undefined;
}

const monitorIn = (state: MonitorState, model: string): Monitor | undefined =>
  monitorsOf(policyOf(state, model)).find(({ kind }) => kind === KIND);

/** What the detector of a model says of an outcome; undefined when it does not listen. */
export function heard(state: MonitorState, joined: Labelled) {
  const { model, version } = joined.served;
  const monitor = monitorIn(state, model);
  const error = errorOf(state, joined);
  if (!monitor || error === undefined || !inProduction(state, joined.served)) return undefined;
  const { method = '' } = monitor.options;
  const detector = detectorOf(monitor.options);
  const known = state.watches.get(model)?.hearing;
  const goesOn = known?.version === version && known.method === method;
  const before = goesOn ? known : { version, method, outcomes: 0, state: detector.initial };
  const { state: next, change } = detector.update(before.state, error);
  const outcomes = before.outcomes + 1;
  const hearing: Hearing = { version, method, outcomes: change ? 0 : outcomes, state: next };
  return { monitor, hearing, change, outcomes };
}

/** Tells of a change of the errors: a rise beyond the limit raises an alert, a fall resolves it. */
export function detectedConceptDrift(
  state: MonitorState,
  event: RecordedEvent<'PredictionServed' | 'OutcomeReported'>,
): NewEvent[] {
  const joined = joinedBy(state, event);
  const { monitor, change, hearing, outcomes = 0 } = (joined && heard(state, joined)) ?? {};
  if (!joined || !monitor || !change || !hearing) return [];
  const { model, version, value } = joined.served;
  const monitorId = monitorOf(model, KIND);
  const { version: policyVersion } = policyOf(state, model);
  const { before, after } = change;
  const { method } = hearing;
  const detected = newEvent('ConceptDriftDetected', {
    monitorId,
    model,
    version,
    method,
    outcomes,
    before,
    after,
    policyVersion,
  });
  const shown = (mean: number) => (value === null ? measure('accuracy', mean) : mean.toFixed(3));
  const what =
    value === null ? 'of the answers are wrong' : 'of the rmse on the test split is the mean error';
  const reason = `${shown(after)} ${what}, ${shown(before)} before (${method}, ${outcomes} outcomes)`;
  const { limit, severity } = monitor;
  if (after - before >= limit) {
    const numbers = { severity, value: after - before, limit, samples: outcomes, measurementId: null };
    return [detected, ...raise(state, { monitorId, model, version, cause: KIND, reason, ...numbers })];
  }
  return after < before ? [detected, ...resolve(state, monitorId, reason)] : [detected];
}
