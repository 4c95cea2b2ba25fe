import type { Maps } from '../../kernel/ports/states.ts';
import type { RecordedEvent } from '../../schemas/catalogue.ts';
import { PRODUCTION } from '../../schemas/deployments/running.ts';
import type {
  AlertRaised,
  EvaluationCompleted,
  DatasetSealedHistogram as Histogram,
  OutcomeReported,
  PredictionServed,
} from '../../schemas/events.generated.ts';
import { type PolicyInForce, withPolicy } from '../../schemas/models/policy.ts';
import {
  type Decision,
  decisionOf,
  laterOf,
  type ProductionFact,
  type ProductionVersion,
} from '../../schemas/models/production.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';
import { type Failing, failingAfter } from './failing.ts';
import { type SavedWaiting, Waiting } from './waiting.ts';
import { firstWindow, push, type Window } from './window.ts';

/** Predictions kept until their outcome arrives, and outcomes kept until their prediction does. */
export const MAX_WAITING = 100_000;

/** The true label of a prediction, or the true number. */
export type Truth = Pick<OutcomeReported, 'label' | 'value'>;

/** What is kept of a prediction until its outcome is known: there may be very many. */
export type Answered = Pick<PredictionServed, 'model' | 'version' | 'label' | 'value' | 'instant'>;

/** A prediction whose outcome is known. */
export interface Labelled {
  readonly served: Answered;
  readonly truth: Truth;
}

/** What quality and drift are compared with. */
export type Evaluation = Pick<EvaluationCompleted, 'metrics' | 'standardErrors' | 'samples' | 'reference'>;

export interface Windows {
  readonly served: Window<PredictionServed>;
  readonly labelled: Window<Labelled>;
}

export interface WatchedModel {
  policy: PolicyInForce;
  /** the last one about production */
  decision: Decision | undefined;
  /** versions that have left production */
  readonly left: Set<string>;
  /** of the versions that have not */
  readonly windows: Map<string, Windows>;
}

export interface Alerts {
  raised: number;
  open: AlertRaised | undefined;
}

/**
 * Windows are counted from predictions and outcomes alone, each under its version, so that
 * the order in which facts of other topics (promotions, the monitor's own) are folded does not matter.
 */
export interface MonitorState {
  readonly datasets: Map<string, readonly Histogram[]>;
  readonly evaluations: Map<string, Evaluation>;
  readonly models: Map<string, WatchedModel>;
  /** predictions without outcome, by request */
  readonly unlabelled: Waiting<Answered>;
  /** outcomes without prediction, by request: it comes later, or never */
  readonly unmatched: Waiting<Truth>;
  /** by model */
  readonly failing: Map<string, Failing>;
  /** by monitor */
  readonly alerts: Map<string, Alerts>;
}

/** What waits is in large maps. */
interface SavedState extends Omit<MonitorState, 'unlabelled' | 'unmatched'> {
  readonly unlabelled: SavedWaiting;
  readonly unmatched: SavedWaiting;
}

export const snapshot = (state: MonitorState): SavedState => ({
  ...state,
  unlabelled: state.unlabelled.saved,
  unmatched: state.unmatched.saved,
});

export const resume = (saved: unknown, maps: Maps, waiting: number): MonitorState => ({
  ...(saved as SavedState),
  ...waitingIn(maps, waiting, saved as SavedState),
});

/** @param waiting predictions kept until their outcome arrives, and outcomes kept until their prediction does */
export const initialState = (maps: Maps, waiting: number): MonitorState => ({
  datasets: new Map(),
  evaluations: new Map(),
  models: new Map(),
  ...waitingIn(maps, waiting),
  failing: new Map(),
  alerts: new Map(),
});

const waitingIn = (maps: Maps, limit: number, saved?: SavedState) => ({
  unlabelled: new Waiting<Answered>(maps, 'unlabelled', limit, saved?.unlabelled),
  unmatched: new Waiting<Truth>(maps, 'unmatched', limit, saved?.unmatched),
});

type Version = Pick<PredictionServed, 'model' | 'version'>;

/** The version with its dataset and evaluation, if it is in production. */
export function inProduction(
  { models }: MonitorState,
  { model, version }: Version,
): ProductionVersion | undefined {
  const production = models.get(model)?.decision?.production;
  return production?.version === version ? production : undefined;
}

/** The policy that a model lives under. */
export const policyOf = ({ models }: MonitorState, model: string): PolicyInForce =>
  models.get(model)?.policy ?? DEFAULT_POLICY;

/** The windows of a version; empty ones before its first prediction. */
export const windowsOf = ({ models }: MonitorState, { model, version }: Version): Windows =>
  models.get(model)?.windows.get(version) ?? { served: firstWindow(), labelled: firstWindow() };

/** Joins a prediction with its outcome when the event is the second of the two. */
export function joinedBy(
  { unlabelled, unmatched }: MonitorState,
  event: RecordedEvent<'PredictionServed' | 'OutcomeReported'>,
): Labelled | undefined {
  const { requestId } = event.data;
  const served = event.type === 'PredictionServed' ? event.data : unlabelled.get(requestId);
  const truth = event.type === 'OutcomeReported' ? event.data : unmatched.get(requestId);
  return served && truth && areAlike(served, truth) ? { served, truth } : undefined;
}

/** A label is no outcome of a prediction that is a number, nor a number of one that is a label. */
const areAlike = (served: Answered, truth: Truth): boolean =>
  served.value === null ? truth.label !== null : truth.value !== null;

/** Changes the state in place: predictions are too many to copy it for each. */
export function evolve(state: MonitorState, event: RecordedEvent): MonitorState {
  switch (event.type) {
    case 'DatasetSealed':
      state.datasets.set(event.data.datasetId, event.data.reference);
      break;
    case 'EvaluationCompleted': {
      const { evaluationId, metrics, standardErrors, samples, reference } = event.data;
      state.evaluations.set(evaluationId, { metrics, standardErrors, samples, reference });
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
      changeProduction(watched(state, event.data.model), event);
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
      countServed(state, event.data);
      label(state, event);
      break;
    case 'OutcomeReported':
      label(state, event);
      break;
    case 'AlertRaised':
      state.alerts.set(event.data.monitorId, { raised: raisedBy(state, event.data) + 1, open: event.data });
      break;
    case 'AlertResolved':
      state.alerts.set(event.data.monitorId, { raised: raisedBy(state, event.data), open: undefined });
      break;
  }
  return state;
}

const raisedBy = ({ alerts }: MonitorState, { monitorId }: { monitorId: string }): number =>
  alerts.get(monitorId)?.raised ?? 0;

/** Drops the windows of a version that leaves production; one that comes back starts with empty windows. */
function changeProduction(model: WatchedModel, fact: ProductionFact): void {
  const before = model.decision?.production;
  model.decision = laterOf(model.decision, decisionOf(fact));
  const { production } = model.decision;
  if (before && before.version !== production?.version) {
    model.left.add(before.version);
    model.windows.delete(before.version);
  }
  if (production) model.left.delete(production.version);
}

function countServed(state: MonitorState, served: PredictionServed): void {
  const windows = countedWindows(state, served);
  if (windows) push(windows.served, served, policyOf(state, served.model).drift.window);
}

/** Joins a prediction with its outcome, or keeps whichever came first. */
function label(state: MonitorState, event: RecordedEvent<'PredictionServed' | 'OutcomeReported'>): void {
  const { requestId } = event.data;
  const joined = joinedBy(state, event);
  if (joined) {
    state.unlabelled.delete(requestId);
    state.unmatched.delete(requestId);
    const windows = countedWindows(state, joined.served);
    if (windows) push(windows.labelled, joined, policyOf(state, joined.served.model).quality.window);
  } else if (event.type === 'PredictionServed') {
    const { model, version, label, value, instant } = event.data;
    state.unlabelled.set(requestId, { model, version, label, value, instant });
  } else if (!state.unmatched.get(requestId)) {
    const { label, value } = event.data;
    state.unmatched.set(requestId, { label, value });
  }
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
