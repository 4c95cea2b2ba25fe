import { didYouMean } from '../../kernel/nearest.ts';
import { type Evidence, evidenceOf } from '../../ml/gates/evidence.ts';
import type { RecordedEvent } from '../../schemas/catalogue.ts';
import { PRODUCTION } from '../../schemas/deployments/running.ts';
import type { EvaluationCompleted, VersionRegistered } from '../../schemas/events.generated.ts';
import { EXPERIMENT_FACTS } from '../../schemas/experiments/running.ts';
import { isKeepingFact, type Keeping, NOTHING_KEPT, withKeeping } from '../../schemas/models/kept.ts';
import { type PolicyInForce, withPolicy } from '../../schemas/models/policy.ts';
import { type Decisions, PRODUCTION_FACTS, withDecision } from '../../schemas/models/production.ts';
import { REVIEW_FACTS, type Reviews, withReview } from '../../schemas/models/reviews.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';

/** What kind of change a version is. */
export type Change = 'major' | 'minor' | 'patch';

/** The versions of one model, and the policy that it lives under. */
export interface ModelVersions {
  readonly policy: PolicyInForce;
  /** by number, in the order of registration */
  readonly registered: ReadonlyMap<string, VersionRegistered>;
  /** registered, and neither approved nor promoted nor archived yet */
  readonly undecided: ReadonlySet<string>;
  /** approved by the policy, and being deployed */
  readonly approved: ReadonlySet<string>;
  readonly decisions: Decisions;
  /** id of the deployment to production that is running */
  readonly deploying: string | null;
  /** runs whose versions are not promoted by themselves */
  readonly held: ReadonlySet<string>;
  /** by package, what was measured of it last: an evaluation comes before the version that it registers */
  readonly evidence: ReadonlyMap<string, Evidence>;
  readonly reviews: Reviews;
  /** what needs the packages of its versions */
  readonly keeping: Keeping;
  /** the version that each stands for */
  readonly aliases: ReadonlyMap<string, string>;
  /** by run, what trained it */
  readonly engines: ReadonlyMap<string, string>;
  /** runs that were made elsewhere, or exported before */
  readonly reported: ReadonlySet<string>;
  /** by dataset, the labels and the version of the task: what callers depend on */
  readonly contracts: ReadonlyMap<string, string>;
  /** by run, the change that a request gave its version */
  readonly changes: ReadonlyMap<string, Change>;
  /** the change that a request gave the next version */
  readonly nextChange: Change | null;
}

export type Models = ReadonlyMap<string, ModelVersions>;

export const NO_VERSIONS: ModelVersions = {
  policy: DEFAULT_POLICY,
  registered: new Map(),
  undecided: new Set(),
  approved: new Set(),
  decisions: [],
  deploying: null,
  held: new Set(),
  evidence: new Map(),
  reviews: new Map(),
  keeping: NOTHING_KEPT,
  aliases: new Map(),
  engines: new Map(),
  reported: new Set(),
  contracts: new Map(),
  changes: new Map(),
  nextChange: null,
};

export const versionOfRun = ({ registered }: ModelVersions, runId: string): VersionRegistered | undefined =>
  [...registered.values()].find((version) => version.runId === runId);

/** What was measured last of a version. */
export const evidenceFor = ({ registered, evidence }: ModelVersions, version: string): Evidence | undefined =>
  evidence.get(registered.get(version)?.package ?? '');

/** How many registered versions a refusal lists. */
const LISTED = 10;

/** Why a request about a version that is not registered is refused: the newest that are, and the one that may be meant. */
export function unknownVersion({ registered }: ModelVersions, version: string): string {
  const versions = [...registered.keys()];
  const listed = versions.slice(-LISTED).join(', ') || 'none';
  return `there is no ${version}; registered: ${listed}${didYouMean(version, versions)}`;
}

export const CHANGES = [
  'EvaluationCompleted',
  'DatasetSealed',
  'RunReported',
  'NextVersionRequested',
  'ContributionAccepted',
  'AliasesChanged',
  'PolicyChanged',
  'TrainingPlanned',
  'VersionRegistered',
  'VersionApproved',
  'VersionArchived',
  'DeploymentStarted',
  'DeploymentCompleted',
  'DeploymentRolledBack',
  ...PRODUCTION_FACTS,
  ...REVIEW_FACTS,
  'VersionExpired',
  'VersionTagged',
  'TrafficShifted',
  ...EXPERIMENT_FACTS,
] as const;

/** Folds the registrar's own facts, changes of policies, and which runs are held. */
export function evolve(models: Models, event: RecordedEvent): Models {
  switch (event.type) {
    case 'EvaluationCompleted':
    case 'DatasetSealed':
    case 'RunReported':
    case 'NextVersionRequested':
    case 'ContributionAccepted':
    case 'AliasesChanged':
    case 'PolicyChanged':
    case 'TrainingPlanned':
    case 'VersionRegistered':
    case 'VersionApproved':
    case 'VersionPromoted':
    case 'VersionArchived':
    case 'VersionRolledBack':
    case 'ModelRetired':
    case 'DeploymentStarted':
    case 'DeploymentCompleted':
    case 'DeploymentRolledBack':
    case 'ReviewOpened':
    case 'ReviewRecorded':
    case 'ReviewConcluded':
    case 'ReviewOverdue':
    case 'VersionExpired':
    case 'VersionTagged':
    case 'TrafficShifted':
    case 'ExperimentStarted':
    case 'ExperimentConcluded':
    case 'ExperimentStopped': {
      const before = models.get(event.data.model) ?? NO_VERSIONS;
      const model = isKeepingFact(event)
        ? { ...before, keeping: withKeeping(before.keeping, event) }
        : before;
      return new Map(models).set(event.data.model, evolveModel(model, event));
    }
    default:
      return models;
  }
}

/** On the test split: what was measured on somebody's records decides nothing. */
const withEvidence = (model: ModelVersions, measured: EvaluationCompleted): ModelVersions =>
  measured.data === null
    ? { ...model, evidence: new Map(model.evidence).set(measured.package, evidenceOf(measured)) }
    : model;

const ORIGIN = ['DatasetSealed', 'RunReported', 'NextVersionRequested', 'AliasesChanged'] as const;
type Origin = RecordedEvent<(typeof ORIGIN)[number]>;
const isOfOrigin = (event: RecordedEvent): event is Origin =>
  (ORIGIN as readonly string[]).includes(event.type);

/** What the numbers and names of versions follow from. */
function withOrigin(model: ModelVersions, { type, data }: Origin): ModelVersions {
  switch (type) {
    case 'DatasetSealed': {
      const contract = JSON.stringify([data.taskVersion, data.labels]);
      return { ...model, contracts: new Map(model.contracts).set(data.datasetId, contract) };
    }
    case 'RunReported':
      return {
        ...withChange(model, data),
        engines: new Map(model.engines).set(data.runId, data.trainer),
        reported: new Set(model.reported).add(data.runId),
      };
    case 'NextVersionRequested':
      return isChange(data.change) ? { ...model, nextChange: data.change } : model;
    case 'AliasesChanged':
      return { ...model, aliases: new Map(Object.entries(data.aliases)) };
  }
}

/** What somebody said that the version of a run is, where they did. */
const withChange = (
  model: ModelVersions,
  { runId, change }: { runId: string; change: string | null },
): ModelVersions =>
  change !== null && isChange(change)
    ? { ...model, changes: new Map(model.changes).set(runId, change) }
    : model;

const isChange = (text: string): text is Change => ['major', 'minor', 'patch'].includes(text);

const isReviewFact = (event: RecordedEvent): event is RecordedEvent<(typeof REVIEW_FACTS)[number]> =>
  (REVIEW_FACTS as readonly string[]).includes(event.type);

const OF_KEEPING = ['VersionExpired', 'VersionTagged', 'TrafficShifted', ...EXPERIMENT_FACTS] as const;
const isOfKeepingAlone = (event: RecordedEvent): event is RecordedEvent<(typeof OF_KEEPING)[number]> =>
  (OF_KEEPING as readonly string[]).includes(event.type);

function evolveModel(model: ModelVersions, event: RecordedEvent<(typeof CHANGES)[number]>): ModelVersions {
  if (isOfKeepingAlone(event)) return model;
  if (event.type === 'EvaluationCompleted') return withEvidence(model, event.data);
  if (event.type === 'ContributionAccepted') return withChange(model, event.data);
  if (isOfOrigin(event)) return withOrigin(model, event);
  if (isReviewFact(event)) return { ...model, reviews: withReview(model.reviews, event) };
  if (event.type === 'PolicyChanged') return { ...model, policy: withPolicy(model.policy, event.data) };
  if (event.type === 'TrainingPlanned') {
    const { promote, runId, engine } = event.data;
    const { changes } = withChange(model, event.data);
    const engines = new Map(model.engines).set(runId, engine);
    return { ...model, changes, engines, held: promote ? model.held : new Set(model.held).add(runId) };
  }
  if (
    event.type === 'DeploymentStarted' ||
    event.type === 'DeploymentCompleted' ||
    event.type === 'DeploymentRolledBack'
  ) {
    const { environment, deploymentId } = event.data;
    if (environment !== PRODUCTION) return model;
    if (event.type === 'DeploymentStarted') return { ...model, deploying: deploymentId };
    return model.deploying === deploymentId ? { ...model, deploying: null } : model;
  }
  const [undecided, approved] = [new Set(model.undecided), new Set(model.approved)];
  if (event.data.version !== null) {
    undecided.delete(event.data.version);
    approved.delete(event.data.version);
  }
  switch (event.type) {
    case 'VersionRegistered': {
      const { version } = event.data;
      const registered = new Map(model.registered).set(version, event.data);
      return { ...model, registered, undecided: undecided.add(version), nextChange: null };
    }
    case 'VersionApproved':
      return { ...model, undecided, approved: approved.add(event.data.version) };
    case 'VersionArchived':
      return { ...model, undecided, approved };
    default:
      return { ...model, undecided, approved, decisions: withDecision(model.decisions, event) };
  }
}
