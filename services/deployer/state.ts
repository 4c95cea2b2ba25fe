import type { RecordedEvent } from '../../schemas/catalogue.ts';
import {
  DEPLOYMENT_FACTS,
  type RunningDeployment,
  withDeployment,
} from '../../schemas/deployments/running.ts';
import { type Policy, type PolicyInForce, withPolicy } from '../../schemas/models/policy.ts';
import { type Decisions, PRODUCTION_FACTS, withDecision } from '../../schemas/models/production.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';
import { guardMeasurementOf, isNews } from './guard.ts';

/** A deployment, and how far its current stage is. */
export interface Deployment extends RunningDeployment {
  /** the rule that it started under: a policy that changes meanwhile is for the next one */
  readonly rule: Policy['rollout'];
  readonly policyVersion: number;
  /** reviews of the stage that came due */
  readonly reviews: number;
  /** id of the measurement that a review waits for */
  readonly measuring: string | null;
  /** when the last review ended; of the first, when the stage began */
  readonly reviewedAt: number;
}

/** What the deployer knows of a model. */
export interface Deployable {
  readonly policy: PolicyInForce;
  /** the packages of its versions, by number */
  readonly packages: ReadonlyMap<string, string>;
  readonly decisions: Decisions;
  readonly running: Deployment | undefined;
  readonly guard: {
    /** id of the measurement that it waits for */
    readonly measuring: string | null;
    /** since the last decision about production */
    readonly hasTripped: boolean;
  };
}

/** By model. */
export type Deployables = ReadonlyMap<string, Deployable>;

const UNTRIPPED = { measuring: null, hasTripped: false };

export const NOTHING: Deployable = {
  policy: DEFAULT_POLICY,
  packages: new Map(),
  decisions: [],
  running: undefined,
  guard: UNTRIPPED,
};

export const CHANGES = [
  'PolicyChanged',
  'VersionRegistered',
  ...PRODUCTION_FACTS,
  ...DEPLOYMENT_FACTS,
  'GuardTripped',
  'ServingDegraded',
  'StageReviewDue',
  'MeasurementCompleted',
  'MeasurementFailed',
] as const;

export const measurementIdOf = (deploymentId: string, stage: number, review: number): string =>
  `${deploymentId}-stage-${stage}-review-${review}`;

export const deploymentOf = (state: Deployables, model: string): Deployment | undefined =>
  state.get(model)?.running;

/** Folds versions, policies, deployments, and the reviews of their stages. */
export function evolve(state: Deployables, event: RecordedEvent): Deployables {
  if (!isChange(event)) return state;
  const { model } = event.data;
  const before = state.get(model) ?? NOTHING;
  const after = { ...before, ...changeBy(before, event) };
  return new Map(state).set(model, after);
}

type Change = RecordedEvent<(typeof CHANGES)[number]>;
const CHANGE_TYPES: ReadonlySet<string> = new Set(CHANGES);
const isChange = (event: RecordedEvent): event is Change => CHANGE_TYPES.has(event.type);

function changeBy(before: Deployable, event: Change): Partial<Deployable> {
  const { running } = before;
  switch (event.type) {
    case 'PolicyChanged':
      return { policy: withPolicy(before.policy, event.data) };
    case 'VersionRegistered':
      return { packages: new Map(before.packages).set(event.data.version, event.data.package) };
    case 'VersionPromoted':
    case 'VersionRolledBack':
    case 'ModelRetired':
      return { decisions: withDecision(before.decisions, event), guard: UNTRIPPED };
    case 'DeploymentStarted':
    case 'TrafficShifted':
    case 'DeploymentCompleted':
    case 'DeploymentRolledBack': {
      const after = withDeployment(running, event);
      if (!after) return { running: undefined };
      const { rule, policyVersion } =
        running?.deploymentId === after.deploymentId
          ? running
          : { rule: before.policy.rollout, policyVersion: before.policy.version };
      const stage = { reviews: 0, measuring: null, reviewedAt: after.since };
      return { running: { ...after, rule, policyVersion, ...stage } };
    }
    case 'StageReviewDue': {
      const { deploymentId, stage, review } = event.data;
      if (!running || running.deploymentId !== deploymentId || running.stage !== stage) return {};
      const measuring = measurementIdOf(deploymentId, stage, review);
      return { running: { ...running, reviews: review, measuring } };
    }
    case 'ServingDegraded': {
      if (!isNews(before, event.data)) return {};
      return { guard: { ...before.guard, measuring: guardMeasurementOf(event.data.servingId) } };
    }
    case 'GuardTripped':
      return { guard: { measuring: null, hasTripped: true } };
    case 'MeasurementCompleted':
    case 'MeasurementFailed':
      if (event.data.measurementId === before.guard.measuring)
        return { guard: { ...before.guard, measuring: null } };
      return running && event.data.measurementId === running.measuring
        ? { running: { ...running, measuring: null, reviewedAt: event.time } }
        : {};
  }
}
