import type { RecordedEvent } from '../../kernel/event.ts';
import type {
  AlertRaised,
  DatasetSealedHistogram as Histogram,
  PredictionServed,
} from '../../schemas/events.generated.ts';
import { type Failing, failingAfter } from './serving.ts';
import type { MonitorSettings } from './settings.ts';
import { firstWindow, push, type Window } from './window.ts';

/** A prediction whose true label is known. */
export interface Labelled {
  readonly served: PredictionServed;
  readonly label: string;
}

/** What an evaluation found. */
export interface Evaluation {
  /** undefined when it was not measured */
  readonly accuracy: number | undefined;
  readonly samples: number;
  readonly reference: readonly Histogram[];
}

/** The version in production and what it is compared with. */
export interface Production {
  readonly version: string;
  readonly datasetId: string;
  readonly evaluationId: string;
}

export interface Windows {
  readonly served: Window<PredictionServed>;
  readonly labelled: Window<Labelled>;
}

export interface WatchedModel {
  production: Production | undefined;
  /** versions that have left production */
  readonly retired: Set<string>;
  /** of the versions that are not retired */
  readonly windows: Map<string, Windows>;
}

export interface Alerts {
  raised: number;
  open: AlertRaised | undefined;
}

/**
 * What the monitor knows. Windows are counted from predictions and outcomes alone, each under its version, so that
 * it does not matter where among them the facts of other topics (promotions, the monitor's own) are taken in.
 */
export interface MonitorState {
  readonly datasets: Map<string, readonly Histogram[]>;
  readonly evaluations: Map<string, Evaluation>;
  readonly models: Map<string, WatchedModel>;
  /** predictions without outcome, by request, oldest first */
  readonly unlabelled: Map<string, PredictionServed>;
  /** outcomes without prediction, by request, oldest first: it comes later, or never */
  readonly unmatched: Map<string, string>;
  /** by model */
  readonly failing: Map<string, Failing>;
  /** by monitor */
  readonly alerts: Map<string, Alerts>;
}

export const initialState = (): MonitorState => ({
  datasets: new Map(),
  evaluations: new Map(),
  models: new Map(),
  unlabelled: new Map(),
  unmatched: new Map(),
  failing: new Map(),
  alerts: new Map(),
});

type Version = Pick<PredictionServed, 'model' | 'version'>;

/** What the version is compared with, if it is the one in production. */
export function inProduction({ models }: MonitorState, { model, version }: Version): Production | undefined {
  const production = models.get(model)?.production;
  return production?.version === version ? production : undefined;
}

/** The windows of a version; fresh ones when nothing was counted yet. */
export const windowsOf = ({ models }: MonitorState, { model, version }: Version): Windows =>
  models.get(model)?.windows.get(version) ?? { served: firstWindow(), labelled: firstWindow() };

/** The prediction and its label, when an event brings the one that was missing. */
export function joinedBy(
  { unlabelled, unmatched }: MonitorState,
  event: RecordedEvent<'PredictionServed' | 'OutcomeReported'>,
): Labelled | undefined {
  const { requestId } = event.data;
  const served = event.type === 'PredictionServed' ? event.data : unlabelled.get(requestId);
  const label = event.type === 'OutcomeReported' ? event.data.label : unmatched.get(requestId);
  return served && label !== undefined ? { served, label } : undefined;
}

/** Takes in an event, in place: a copy for each prediction would cost more than all the rest. */
export const evolve =
  (settings: MonitorSettings) =>
  (state: MonitorState, event: RecordedEvent): MonitorState => {
    switch (event.type) {
      case 'DatasetSealed':
        state.datasets.set(event.data.datasetId, event.data.reference);
        break;
      case 'EvaluationCompleted': {
        const { evaluationId, metrics, samples, reference } = event.data;
        state.evaluations.set(evaluationId, { accuracy: metrics.accuracy, samples, reference });
        break;
      }
      case 'VersionPromoted':
      case 'VersionRolledBack':
        enterProduction(state, event.data.model, event.data);
        break;
      case 'ModelRetired':
        leaveProduction(watched(state, event.data.model));
        break;
      case 'VersionServing':
      case 'ServingFailed':
      case 'ServingEnded': {
        const { model } = event.data;
        state.failing.set(model, failingAfter(state.failing.get(model) ?? new Map(), event));
        break;
      }
      case 'PredictionServed':
        countServed(state, event.data, settings);
        label(state, event, settings);
        break;
      case 'OutcomeReported':
        label(state, event, settings);
        break;
      case 'AlertRaised':
        state.alerts.set(event.data.monitorId, { raised: raisedBy(state, event.data) + 1, open: event.data });
        break;
      case 'AlertResolved':
        state.alerts.set(event.data.monitorId, { raised: raisedBy(state, event.data), open: undefined });
        break;
    }
    return state;
  };

const raisedBy = ({ alerts }: MonitorState, { monitorId }: { monitorId: string }): number =>
  alerts.get(monitorId)?.raised ?? 0;

/** The version before retires with its windows; one that comes back begins anew. */
function enterProduction(state: MonitorState, name: string, production: Production): void {
  const model = watched(state, name);
  const { version } = production;
  if (model.production?.version !== version) leaveProduction(model);
  model.retired.delete(version);
  model.production = production;
}

function leaveProduction(model: WatchedModel): void {
  if (!model.production) return;
  model.retired.add(model.production.version);
  model.windows.delete(model.production.version);
  model.production = undefined;
}

function countServed(state: MonitorState, served: PredictionServed, { driftWindow }: MonitorSettings): void {
  const windows = countedWindows(state, served);
  if (windows) push(windows.served, served, driftWindow);
}

/** Joins a prediction with its outcome, or keeps the one until the other comes. */
function label(
  state: MonitorState,
  event: RecordedEvent<'PredictionServed' | 'OutcomeReported'>,
  { qualityWindow, waiting }: MonitorSettings,
): void {
  const { requestId } = event.data;
  const joined = joinedBy(state, event);
  if (joined) {
    state.unlabelled.delete(requestId);
    state.unmatched.delete(requestId);
    const windows = countedWindows(state, joined.served);
    if (windows) push(windows.labelled, joined, qualityWindow);
  } else if (event.type === 'PredictionServed') {
    keep(state.unlabelled, requestId, event.data, waiting);
  } else if (!state.unmatched.has(requestId)) {
    keep(state.unmatched, requestId, event.data.label, waiting);
  }
}

/** The windows that a prediction counts in: those of its version, unless that is retired. */
function countedWindows(state: MonitorState, served: PredictionServed): Windows | undefined {
  const model = watched(state, served.model);
  if (model.retired.has(served.version)) return undefined;
  const windows = windowsOf(state, served);
  model.windows.set(served.version, windows);
  return windows;
}

function watched({ models }: MonitorState, name: string): WatchedModel {
  const model = models.get(name) ?? { production: undefined, retired: new Set(), windows: new Map() };
  models.set(name, model);
  return model;
}

/** Adds to a map that forgets its oldest entry beyond `limit`. */
function keep<T>(map: Map<string, T>, key: string, value: T, limit: number): void {
  map.set(key, value);
  if (map.size > limit) map.delete(map.keys().next().value!);
}
