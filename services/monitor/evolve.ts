import type { RecordedEvent } from '../../schemas/catalogue.ts';
import { PRODUCTION } from '../../schemas/deployments/running.ts';
import type { PredictionServed } from '../../schemas/events.generated.ts';
import { withPolicy } from '../../schemas/models/policy.ts';
import { decisionOf, laterOf, type ProductionFact } from '../../schemas/models/production.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';
import { heard } from './concept.ts';
import { failingAfter } from './failing.ts';
import { verdictOf } from './looks.ts';
import {
  inProduction,
  isCompared,
  joinedBy,
  type Labelled,
  type MonitorState,
  policyOf,
  type Version,
  type WatchedModel,
  type Windows,
  windowsOf,
} from './state.ts';
import {
  countOutcome,
  countPrediction,
  forgetVersion,
  kindAwaiting,
  looked,
  newWatch,
  streakAfter,
  type Watch,
} from './watch.ts';
import { push } from './window.ts';

/** Changes the state in place: predictions are too many to copy it for each. */
export function evolve(state: MonitorState, event: RecordedEvent): MonitorState {
  switch (event.type) {
    case 'DatasetSealed':
      state.datasets.set(event.data.datasetId, event.data.reference);
      break;
    case 'ReferenceSampled': {
      const { datasetId, rows, seed } = event.data;
      state.references.set(datasetId, {
        rows: rows.map(({ numbers, texts }) => ({ ...numbers, ...texts })),
        seed,
      });
      break;
    }
    case 'EvaluationCompleted': {
      const { evaluationId, metrics, standardErrors, samples, reference, perClass } = event.data;
      state.evaluations.set(evaluationId, { metrics, standardErrors, samples, reference, perClass });
      break;
    }
    case 'PolicyChanged': {
      const model = watched(state, event.data.model);
      model.policy = withPolicy(model.policy, event.data);
      break;
    }
    case 'VersionPromoted':
    case 'VersionRolledBack':
    case 'ModelRetired':
      changeProduction(state, event);
      break;
    case 'VersionServing':
    case 'ServingFailed':
    case 'ServingEnded': {
      const { model } = event.data;
      state.failing.set(model, failingAfter(state.failing.get(model) ?? new Map(), event));
      break;
    }
    case 'PredictionServed':
      if (event.data.environment !== PRODUCTION) break;
      countServed(state, event.data, event.time);
      countPrediction(watchOf(state, event.data.model), policyOf(state, event.data.model), event.time);
      label(state, event);
      break;
    case 'PredictionFailed':
      if (event.data.environment !== PRODUCTION) break;
      countPrediction(watchOf(state, event.data.model), policyOf(state, event.data.model), event.time);
      break;
    case 'OutcomeReported':
      label(state, event);
      break;
    case 'AlertRaised': {
      const { monitorId, silenceId } = event.data;
      const raised = raisedBy(state, event.data) + 1;
      state.alerts.set(monitorId, { raised, open: event.data, isQuiet: silenceId !== null });
      break;
    }
    case 'AlertUnsilenced': {
      const known = state.alerts.get(event.data.monitorId);
      if (known) state.alerts.set(event.data.monitorId, { ...known, isQuiet: false });
      break;
    }
    case 'AlertResolved':
      state.alerts.set(event.data.monitorId, { raised: raisedBy(state, event.data), open: undefined });
      break;
    case 'AlertSilenced': {
      const { monitorId } = event.data;
      const count = (state.silences.get(monitorId)?.count ?? 0) + 1;
      state.silences.set(monitorId, { count, current: event.data });
      break;
    }
    case 'SilenceEnded': {
      const { monitorId, silenceId } = event.data;
      const known = state.silences.get(monitorId);
      if (known?.current?.silenceId === silenceId)
        state.silences.set(monitorId, { count: known.count, current: undefined });
      break;
    }
    case 'MonitorDue':
      looked(watchOf(state, event.data.model), event);
      break;
    case 'MeasurementCompleted':
    case 'MeasurementFailed':
      settle(state, event);
      break;
  }
  return state;
}

const raisedBy = ({ alerts }: MonitorState, { monitorId }: { monitorId: string }): number =>
  alerts.get(monitorId)?.raised ?? 0;

function watchOf({ watches }: MonitorState, model: string): Watch {
  const watch = watches.get(model) ?? newWatch();
  watches.set(model, watch);
  return watch;
}

/** Folds what a measurement says of the monitor that waits for it. */
function settle(
  state: MonitorState,
  event: RecordedEvent<'MeasurementCompleted' | 'MeasurementFailed'>,
): void {
  const { model, measurementId } = event.data;
  const watch = state.watches.get(model);
  const kind = kindAwaiting(watch, measurementId);
  if (!watch || kind === undefined) return;
  const { verdict } = (event.type === 'MeasurementCompleted' && verdictOf(state, event.data)) || {};
  if (verdict) watch.streaks.set(kind, streakAfter(watch, kind, verdict.state));
  watch.awaiting.delete(kind);
}

/** Drops the windows of a version that leaves production; one that comes back starts with empty windows. */
function changeProduction(state: MonitorState, fact: ProductionFact): void {
  const model = watched(state, fact.data.model);
  const watch = watchOf(state, fact.data.model);
  const before = model.decision?.production;
  model.decision = laterOf(model.decision, decisionOf(fact));
  const { production } = model.decision;
  if (before && before.version !== production?.version) {
    model.left.add(before.version);
    model.windows.delete(before.version);
    forgetVersion(watch);
  }
  if (production && !watch.promoted.has(production.version))
    watch.promoted.set(production.version, fact.time);
  if (production) model.left.delete(production.version);
}

function countServed(state: MonitorState, served: PredictionServed, now: number): void {
  const windows = countedWindows(state, served);
  if (!windows) return;
  const { number } = windows.served;
  push(windows.served, served, policyOf(state, served.model).drift.window);
  if (windows.served.number > number && isCompared(windows.comparedAt, now)) windows.comparedAt = now;
}

/** Joins a prediction with its outcome, or keeps whichever came first. */
function label(state: MonitorState, event: RecordedEvent<'PredictionServed' | 'OutcomeReported'>): void {
  const { requestId } = event.data;
  const joined = joinedBy(state, event);
  if (joined) {
    state.unlabelled.delete(requestId);
    state.unmatched.delete(requestId);
    const windows = countedWindows(state, joined.served);
    listen(state, joined, event.time);
    if (windows) push(windows.labelled, joined, policyOf(state, joined.served.model).quality.window);
  } else if (event.type === 'PredictionServed') {
    const { model, version, label, value, instant } = event.data;
    state.unlabelled.set(requestId, { model, version, label, value, instant });
  } else if (!state.unmatched.get(requestId)) {
    const { label, value } = event.data;
    state.unmatched.set(requestId, { label, value });
  }
}

/** Counts an outcome for the monitors, of the version in production. */
function listen(state: MonitorState, joined: Labelled, at: number): void {
  const { model } = joined.served;
  if (!inProduction(state, joined.served)) return;
  const watch = watchOf(state, model);
  countOutcome(watch, policyOf(state, model), at);
  watch.hearing = heard(state, joined)?.hearing ?? watch.hearing;
}

/** The windows of a prediction: those of its version, unless it has left production. */
function countedWindows(state: MonitorState, served: Version): Windows | undefined {
  const model = watched(state, served.model);
  if (model.left.has(served.version)) return undefined;
  const windows = windowsOf(state, served);
  model.windows.set(served.version, windows);
  return windows;
}

function watched({ models }: MonitorState, name: string): WatchedModel {
  const model = models.get(name) ?? {
    policy: DEFAULT_POLICY,
    decision: undefined,
    left: new Set(),
    windows: new Map(),
  };
  models.set(name, model);
  return model;
}
