import type { RecordedEvent } from '../../schemas/catalogue.ts';
import { NO_RELEASES, type Releases, withRelease } from '../../schemas/deployments/environments.ts';
import {
  DEPLOYMENT_FACTS,
  type DeploymentFact,
  PRODUCTION,
  type RunningDeployment,
  withDeployment,
} from '../../schemas/deployments/running.ts';
import type { ServingDegraded } from '../../schemas/events.generated.ts';
import { type Policy, type PolicyInForce, withPolicy } from '../../schemas/models/policy.ts';
import {
  type Decisions,
  inProduction,
  PRODUCTION_FACTS,
  withDecision,
} from '../../schemas/models/production.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';

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
  /** versions whose package was deleted by the retention of the policy */
  readonly expired: ReadonlySet<string>;
  readonly decisions: Decisions;
  /** by environment */
  readonly running: ReadonlyMap<string, Deployment>;
  /** in the environments other than production */
  readonly releases: Releases;
  /** approved by the policy of the model, and not decided on since */
  readonly approved: ReadonlySet<string>;
  /** a version that has all the traffic of production, and that is about to be promoted */
  readonly promoting: string | null;
  /** by environment and version, why the gates keep it out; null where it passed them */
  readonly gates: ReadonlyMap<string, string | null>;
  /** versions that people approved */
  readonly reviewed: ReadonlySet<string>;
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
  expired: new Set(),
  decisions: [],
  running: new Map(),
  releases: NO_RELEASES,
  approved: new Set(),
  promoting: null,
  gates: new Map(),
  reviewed: new Set(),
  guard: UNTRIPPED,
};

export const CHANGES = [
  'PolicyChanged',
  'VersionRegistered',
  'VersionApproved',
  'VersionArchived',
  'VersionExpired',
  'GatesEvaluated',
  'ReviewConcluded',
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

export const guardMeasurementOf = (servingId: string): string => `${servingId}-guard`;

/** Whether a report of a predictor is to be measured: it is about the version in production, and the first one. */
export const isNews = ({ decisions, guard }: Deployable, { version }: ServingDegraded): boolean =>
  guard.measuring === null && !guard.hasTripped && inProduction(decisions)?.version === version;

/** The running deployments of a model. */
export const deploymentsOf = (state: Deployables, model: string): readonly Deployment[] => [
  ...(state.get(model)?.running.values() ?? []),
];

/** A running deployment of a model. */
export const deploymentOf = (
  state: Deployables,
  { model, deploymentId }: { model: string; deploymentId: string },
): Deployment | undefined =>
  deploymentsOf(state, model).find((running) => running.deploymentId === deploymentId);

/** The running deployment that waits for a measurement. */
export const deploymentMeasuredBy = (
  state: Deployables,
  { model, measurementId }: { model: string; measurementId: string },
): Deployment | undefined => deploymentsOf(state, model).find(({ measuring }) => measuring === measurementId);

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
  switch (event.type) {
    case 'PolicyChanged':
      return { policy: withPolicy(before.policy, event.data) };
    case 'ReviewConcluded': {
      const { outcome, version } = event.data;
      return outcome === 'approved' ? { reviewed: new Set(before.reviewed).add(version) } : {};
    }
    case 'GatesEvaluated': {
      const { version, target, passed, checks } = event.data;
      const failed = checks.filter((check) => !check.passed && check.level === 'critical');
      const why = passed ? null : failed.map(({ reason }) => reason).join(', and ');
      return { gates: new Map(before.gates).set(`${target}/${version}`, why) };
    }
    case 'VersionRegistered':
      return { packages: new Map(before.packages).set(event.data.version, event.data.package) };
    case 'VersionExpired':
      return { expired: new Set(before.expired).add(event.data.version) };
    case 'VersionApproved':
      return { approved: new Set(before.approved).add(event.data.version) };
    case 'VersionArchived': {
      const approved = new Set(before.approved);
      approved.delete(event.data.version);
      return { approved };
    }
    case 'VersionPromoted':
    case 'VersionRolledBack':
    case 'ModelRetired': {
      const decisions = withDecision(before.decisions, event);
      const releases = event.type === 'ModelRetired' ? withRelease(before.releases, event) : before.releases;
      return { decisions, releases, promoting: null, guard: UNTRIPPED };
    }
    case 'DeploymentStarted':
    case 'TrafficShifted':
    case 'DeploymentCompleted':
    case 'DeploymentRolledBack':
      return { ...completedBy(before, event), running: runningAfter(before, event) };
    case 'StageReviewDue': {
      const { deploymentId, stage, review, environment } = event.data;
      const running = before.running.get(environment);
      if (running?.deploymentId !== deploymentId || running.stage !== stage || running.share === 100)
        return {};
      const measuring = measurementIdOf(deploymentId, stage, review);
      return changed(before, { ...running, reviews: review, measuring });
    }
    case 'ServingDegraded': {
      if (!isNews(before, event.data)) return {};
      return { guard: { ...before.guard, measuring: guardMeasurementOf(event.data.servingId) } };
    }
    case 'GuardTripped':
      return { guard: { measuring: null, hasTripped: true } };
    case 'MeasurementCompleted':
    case 'MeasurementFailed': {
      const { measurementId } = event.data;
      if (measurementId === before.guard.measuring) return { guard: { ...before.guard, measuring: null } };
      const running = [...before.running.values()].find(({ measuring }) => measuring === measurementId);
      return running ? changed(before, { ...running, measuring: null, reviewedAt: event.time }) : {};
    }
  }
}

const changed = ({ running }: Deployable, deployment: Deployment): Partial<Deployable> => ({
  running: new Map(running).set(deployment.environment, deployment),
});

function runningAfter({ running, policy }: Deployable, event: DeploymentFact): Deployable['running'] {
  const { environment } = event.data;
  const before = running.get(environment);
  const after = withDeployment(before, event);
  const next = new Map(running);
  if (!after) {
    next.delete(environment);
    return next;
  }
  if (after === before) return running;
  const { rule, policyVersion } =
    before?.deploymentId === after.deploymentId
      ? before
      : { rule: policy.rollout, policyVersion: policy.version };
  const stage = { reviews: 0, measuring: null, reviewedAt: after.since };
  return next.set(environment, { ...after, rule, policyVersion, ...stage });
}

/** What a deployment that completes leaves behind: a release, or of production a version that is about to be promoted. */
function completedBy({ releases, approved }: Deployable, event: DeploymentFact): Partial<Deployable> {
  if (event.type !== 'DeploymentCompleted') return {};
  const { environment, strategy, version } = event.data;
  if (environment !== PRODUCTION) return { releases: withRelease(releases, event) };
  return strategy !== 'shadow' || approved.has(version) ? { promoting: version } : {};
}
