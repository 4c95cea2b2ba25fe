import type { Keyed, Maps } from '../../kernel/ports/states.ts';
import type { RecordedEvent } from '../../schemas/catalogue.ts';
import type {
  AlertRaised,
  AlertSilenced,
  EvaluationCompleted,
  DatasetSealedHistogram as Histogram,
  OutcomeReported,
  PredictionServed,
} from '../../schemas/events.generated.ts';
import type { PolicyInForce } from '../../schemas/models/policy.ts';
import type { Decision, ProductionVersion } from '../../schemas/models/production.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';
import type { Failing } from './failing.ts';
import type { ReferenceRows } from './rows.ts';
import { type SavedWaiting, Waiting } from './waiting.ts';
import type { Watch } from './watch.ts';
import { firstWindow, type Window } from './window.ts';

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
export type Evaluation = Pick<
  EvaluationCompleted,
  'metrics' | 'standardErrors' | 'samples' | 'reference' | 'perClass'
>;

export interface Windows {
  readonly served: Window<PredictionServed>;
  readonly labelled: Window<Labelled>;
  /** when a full window was last compared row by row, milliseconds since the epoch */
  comparedAt: number | undefined;
}

/** Comparing rows takes a tenth of a second: with much traffic, one window a minute. */
const ROWS_EVERY_MS = 60_000;

/** Whether a window that is full now is compared row by row. */
export const isCompared = (last: number | undefined, now: number): boolean =>
  last === undefined || now - last >= ROWS_EVERY_MS;

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
  /** whether the open one was raised in a silence, so that no notification was sent */
  isQuiet?: boolean;
}

interface Silences {
  readonly count: number;
  readonly current: AlertSilenced | undefined;
}

/**
 * Windows are counted from predictions and outcomes alone, each under its version, so that
 * the order in which facts of other topics (promotions, the monitor's own) are folded does not matter.
 */
export interface MonitorState {
  readonly datasets: Map<string, readonly Histogram[]>;
  /** rows of datasets, on the disk */
  readonly references: Keyed<ReferenceRows>;
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
  /** by model */
  readonly watches: Map<string, Watch>;
  /** by monitor */
  readonly silences: Map<string, Silences>;
}

/** What waits is in large maps. */
interface SavedState extends Omit<MonitorState, 'unlabelled' | 'unmatched' | 'references'> {
  readonly unlabelled: SavedWaiting;
  readonly unmatched: SavedWaiting;
}

export const snapshot = ({ references: _, ...state }: MonitorState): SavedState => ({
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
  watches: new Map(),
  silences: new Map(),
});

const waitingIn = (maps: Maps, limit: number, saved?: SavedState) => ({
  references: maps<ReferenceRows>('references'),
  unlabelled: new Waiting<Answered>(maps, 'unlabelled', limit, saved?.unlabelled),
  unmatched: new Waiting<Truth>(maps, 'unmatched', limit, saved?.unmatched),
});

export type Version = Pick<PredictionServed, 'model' | 'version'>;

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
  models.get(model)?.windows.get(version) ?? {
    served: firstWindow(),
    labelled: firstWindow(),
    comparedAt: undefined,
  };

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
