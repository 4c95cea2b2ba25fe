import type { RecordedEvent } from '../../schemas/catalogue.ts';
import type { ExperimentStarted } from '../../schemas/events.generated.ts';
import { type PolicyInForce, withPolicy } from '../../schemas/models/policy.ts';
import { type Decisions, PRODUCTION_FACTS, withDecision } from '../../schemas/models/production.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';

/** A registered version, as far as experiments need it. */
export interface RegisteredVersion {
  readonly package: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly primaryMetric: string;
}

/** What the experimenter knows of a model. */
export interface Comparable {
  readonly policy: PolicyInForce;
  readonly versions: ReadonlyMap<string, RegisteredVersion>;
  /** those whose package was deleted by the retention of the policy */
  readonly expired: ReadonlySet<string>;
  readonly decisions: Decisions;
}

/** An analysis that is under way. */
export interface Review {
  readonly number: number;
  readonly measurementId: string;
  /** of one with which the experiment ends: who asked for it and why; null of its last day */
  readonly concludes: { readonly reason: string | null; readonly requestedBy: string | null } | undefined;
}

export interface Experiment {
  readonly started: ExperimentStarted;
  /** when it started, milliseconds since the epoch */
  readonly since: number;
  readonly state: 'running' | 'concluded' | 'stopped';
  /** analyses that came due */
  readonly reviews: number;
  readonly review: Review | undefined;
  /** when the last analysis ended; of the first, when it started */
  readonly reviewedAt: number;
  /** arm that won, once it is concluded */
  readonly winner: string | null;
  /** deployments that were asked for */
  readonly promotions: number;
}

export interface Experimenting {
  readonly models: ReadonlyMap<string, Comparable>;
  /** by name, also those that have ended: a name is given once */
  readonly experiments: ReadonlyMap<string, Experiment>;
}

export const NO_MODEL: Comparable = {
  policy: DEFAULT_POLICY,
  versions: new Map(),
  decisions: [],
  expired: new Set(),
};

export const CHANGES = [
  'PolicyChanged',
  'VersionRegistered',
  'VersionExpired',
  ...PRODUCTION_FACTS,
  'ExperimentStarted',
  'ExperimentReviewDue',
  'ExperimentConcluded',
  'ExperimentStopped',
  'ExperimentPromoted',
  'MeasurementCompleted',
  'MeasurementFailed',
] as const;

type Change = RecordedEvent<(typeof CHANGES)[number]>;
const CHANGE_TYPES: ReadonlySet<string> = new Set(CHANGES);
const isChange = (event: RecordedEvent): event is Change => CHANGE_TYPES.has(event.type);

export const measurementIdOf = (experimentId: string, review: number): string =>
  `${experimentId}-analysis-${review}`;

export const modelOf = ({ models }: Experimenting, model: string): Comparable =>
  models.get(model) ?? NO_MODEL;

export const runningOf = ({ experiments }: Experimenting, model: string): Experiment[] =>
  [...experiments.values()].filter(({ state, started }) => state === 'running' && started.model === model);

/** The running experiment that waits for a measurement. */
export const waitingFor = ({ experiments }: Experimenting, measurementId: string): Experiment | undefined =>
  [...experiments.values()].find(
    (one) => one.state === 'running' && one.review?.measurementId === measurementId,
  );

/** Folds versions, policies, experiments and their analyses. */
export function evolve(state: Experimenting, event: RecordedEvent): Experimenting {
  if (!isChange(event)) return state;
  switch (event.type) {
    case 'PolicyChanged': {
      const { policy } = modelOf(state, event.data.model);
      return withModel(state, event.data.model, { policy: withPolicy(policy, event.data) });
    }
    case 'VersionRegistered': {
      const { model, version, package: digest, metrics, primaryMetric } = event.data;
      const versions = new Map(modelOf(state, model).versions);
      return withModel(state, model, {
        versions: versions.set(version, { package: digest, metrics, primaryMetric }),
      });
    }
    case 'VersionExpired': {
      const { model, version } = event.data;
      const expired = new Set(modelOf(state, model).expired).add(version);
      return withModel(state, model, { expired });
    }
    case 'VersionPromoted':
    case 'VersionRolledBack':
    case 'ModelRetired': {
      const { decisions } = modelOf(state, event.data.model);
      return withModel(state, event.data.model, { decisions: withDecision(decisions, event) });
    }
    case 'ExperimentStarted': {
      const experiments = new Map(state.experiments);
      return { ...state, experiments: experiments.set(event.data.experimentId, newExperiment(event)) };
    }
    case 'MeasurementCompleted':
    case 'MeasurementFailed': {
      const waiting = waitingFor(state, event.data.measurementId);
      const measured = { review: undefined, reviewedAt: event.time };
      return waiting ? withExperiment(state, waiting.started.experimentId, () => measured) : state;
    }
    default:
      return withExperiment(state, event.data.experimentId, (before) => changeBy(before, event));
  }
}

const newExperiment = ({ data, time }: RecordedEvent<'ExperimentStarted'>): Experiment => ({
  started: data,
  since: time,
  state: 'running',
  reviews: 0,
  review: undefined,
  reviewedAt: time,
  winner: null,
  promotions: 0,
});

type ExperimentChange = RecordedEvent<
  'ExperimentReviewDue' | 'ExperimentConcluded' | 'ExperimentStopped' | 'ExperimentPromoted'
>;

function changeBy(before: Experiment, event: ExperimentChange): Partial<Experiment> {
  switch (event.type) {
    case 'ExperimentReviewDue': {
      const { experimentId, review: number, concludes, reason, requestedBy } = event.data;
      const measurementId = measurementIdOf(experimentId, number);
      const review = { number, measurementId, concludes: concludes ? { reason, requestedBy } : undefined };
      return before.state === 'running' ? { reviews: number, review } : {};
    }
    case 'ExperimentConcluded':
      return { state: 'concluded', review: undefined, winner: event.data.winner };
    case 'ExperimentStopped':
      return { state: 'stopped', review: undefined };
    case 'ExperimentPromoted':
      return { promotions: before.promotions + 1 };
  }
}

const withModel = (state: Experimenting, model: string, change: Partial<Comparable>): Experimenting => ({
  ...state,
  models: new Map(state.models).set(model, { ...modelOf(state, model), ...change }),
});

function withExperiment(
  state: Experimenting,
  experimentId: string,
  change: (before: Experiment) => Partial<Experiment>,
): Experimenting {
  const before = state.experiments.get(experimentId);
  if (!before) return state;
  const experiments = new Map(state.experiments).set(experimentId, { ...before, ...change(before) });
  return { ...state, experiments };
}
