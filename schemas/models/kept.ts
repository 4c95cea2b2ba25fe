import { EpochlogError } from '../../kernel/errors.ts';
import type { RecordedEvent } from '../catalogue.ts';
import {
  NO_RELEASES,
  type Releases,
  releasedBefore,
  releasedIn,
  withRelease,
} from '../deployments/environments.ts';
import { DEPLOYMENT_FACTS } from '../deployments/running.ts';
import { EXPERIMENT_FACTS, type RunningExperiment, withExperiment } from '../experiments/running.ts';
import type { Policy } from './policy.ts';
import {
  type Decisions,
  inProduction,
  PRODUCTION_FACTS,
  rollbackTarget,
  withDecision,
} from './production.ts';

/** The tag that keeps a version, whatever its value. */
export const KEEP_TAG = 'keep';
/** A package that was stored just now may be stored again by who does not know of it yet: it waits this long. */
const SETTLED_MS = 600_000;

/** What decides whether the package of a version is still needed. */
export interface Keeping {
  readonly versions: ReadonlyMap<string, { readonly package: string; readonly registeredAt: number }>;
  /** when each archived version was archived last */
  readonly archived: ReadonlyMap<string, number>;
  /** when the package of a version was deleted */
  readonly expired: ReadonlyMap<string, number>;
  readonly decisions: Decisions;
  readonly releases: Releases;
  /** by environment, the version that is being deployed there */
  readonly deploying: ReadonlyMap<string, string>;
  readonly experiments: readonly RunningExperiment[];
  readonly aliases: Readonly<Record<string, string>>;
  /** with the tag that keeps them */
  readonly tagged: ReadonlySet<string>;
  /** by review, the version that it is about */
  readonly reviews: ReadonlyMap<string, string>;
}

export const NOTHING_KEPT: Keeping = {
  versions: new Map(),
  archived: new Map(),
  expired: new Map(),
  decisions: [],
  releases: NO_RELEASES,
  deploying: new Map(),
  experiments: [],
  aliases: {},
  tagged: new Set(),
  reviews: new Map(),
};

export const KEEPING_FACTS = [
  'VersionRegistered',
  'VersionArchived',
  'VersionExpired',
  'VersionTagged',
  'AliasesChanged',
  'ReviewOpened',
  'ReviewConcluded',
  ...PRODUCTION_FACTS,
  ...DEPLOYMENT_FACTS,
  ...EXPERIMENT_FACTS,
] as const;

export type KeepingFact = RecordedEvent<(typeof KEEPING_FACTS)[number]>;

const TYPES: ReadonlySet<string> = new Set(KEEPING_FACTS);
export const isKeepingFact = (event: RecordedEvent): event is KeepingFact => TYPES.has(event.type);

/** Folds a fact of the model. */
export function withKeeping(before: Keeping, event: KeepingFact): Keeping {
  switch (event.type) {
    case 'VersionRegistered': {
      const { version, package: digest } = event.data;
      const known = { package: digest, registeredAt: event.time };
      return { ...before, versions: new Map(before.versions).set(version, known) };
    }
    case 'VersionArchived':
      return { ...before, archived: new Map(before.archived).set(event.data.version, event.time) };
    case 'VersionExpired':
      return { ...before, expired: new Map(before.expired).set(event.data.version, event.time) };
    case 'VersionTagged': {
      const { version, tags } = event.data;
      const value = tags[KEEP_TAG];
      if (value === undefined) return before;
      const tagged = new Set(before.tagged);
      if (value === '') tagged.delete(version);
      else tagged.add(version);
      return { ...before, tagged };
    }
    case 'AliasesChanged':
      return { ...before, aliases: event.data.aliases };
    case 'ReviewOpened':
      return { ...before, reviews: new Map(before.reviews).set(event.data.reviewId, event.data.version) };
    case 'ReviewConcluded': {
      const reviews = new Map(before.reviews);
      reviews.delete(event.data.reviewId);
      return { ...before, reviews };
    }
    case 'VersionPromoted':
    case 'VersionRolledBack':
    case 'ModelRetired': {
      const archived = new Map(before.archived);
      if (event.type !== 'ModelRetired') archived.delete(event.data.version);
      const releases = event.type === 'ModelRetired' ? withRelease(before.releases, event) : before.releases;
      return { ...before, archived, releases, decisions: withDecision(before.decisions, event) };
    }
    case 'ExperimentStarted':
    case 'ExperimentConcluded':
    case 'ExperimentStopped':
      return { ...before, experiments: withExperiment(before.experiments, event) };
    default:
      return withDeployment(before, event);
  }
}

function withDeployment(
  before: Keeping,
  event: Extract<KeepingFact, { type: (typeof DEPLOYMENT_FACTS)[number] }>,
): Keeping {
  const deploying = new Map(before.deploying);
  if (event.type === 'TrafficShifted') return before;
  if (event.type === 'DeploymentStarted') {
    deploying.set(event.data.environment, event.data.version);
    return { ...before, deploying };
  }
  deploying.delete(event.data.environment);
  if (event.type !== 'DeploymentCompleted') return { ...before, deploying };
  return { ...before, deploying, releases: withRelease(before.releases, event) };
}

/** The versions whose package something needs, whatever the rule of the policy; with what it is, for people. */
function needs(keeping: Keeping): Map<string, string> {
  const { decisions, releases, deploying, experiments, aliases, tagged, reviews, archived } = keeping;
  const needed = new Map<string, string>();
  const need = (version: string | undefined, why: string) => {
    if (version !== undefined && !needed.has(version)) needed.set(version, why);
  };
  need(inProduction(decisions)?.version, 'it is in production');
  need(rollbackTarget(decisions)?.version, 'a rollback restores it');
  for (const environment of releases.keys()) {
    need(releasedIn(releases, environment)?.version, `it answers in ${environment}`);
    need(releasedBefore(releases, environment)?.version, `a rollback of ${environment} restores it`);
  }
  for (const [environment, version] of deploying) need(version, `it is being deployed to ${environment}`);
  for (const { experimentId, arms } of experiments)
    for (const { version } of arms) need(version, `it is an arm of the experiment ${experimentId}`);
  for (const [alias, version] of Object.entries(aliases)) need(version, `the alias ${alias} stands for it`);
  for (const version of tagged) need(version, `it has the tag ${KEEP_TAG}`);
  for (const [review, version] of reviews) need(version, `the review ${review} of it is open`);
  for (const version of keeping.versions.keys())
    if (!archived.has(version)) need(version, 'it is not archived');
  return needed;
}

/** What becomes of a version by the retention of a policy. */
export interface Retained {
  readonly version: string;
  readonly package: string;
  /** why its package stays; null where it goes, or is gone */
  readonly kept: string | null;
  readonly archivedAt: number | null;
  /** when its package is deleted, or was; null where it stays; milliseconds since the epoch */
  readonly expiresAt: number | null;
  readonly isExpired: boolean;
}

/** What becomes of each version of a model, in the order of their registration. */
export function retained(keeping: Keeping, { keepLast, keepFor }: Policy['retention']): Retained[] {
  const { versions, archived, expired } = keeping;
  const needed = needs(keeping);
  const packages = new Map([...needed.keys()].map((version) => [versions.get(version)?.package, version]));
  for (const [version, { package: digest }] of versions) {
    const same = packages.get(digest);
    if (same !== undefined && !needed.has(version)) needed.set(version, `${same} has the same package`);
  }
  const free = [...versions.keys()].filter((version) => !expired.has(version) && !needed.has(version));
  free.sort((a, b) => archived.get(b)! - archived.get(a)!);
  const place = new Map(free.map((version, at) => [version, at]));
  return [...versions].map(([version, { package: digest, registeredAt }]) => {
    const archivedAt = archived.get(version) ?? null;
    const about = { version, package: digest, archivedAt, kept: null, isExpired: false };
    const expiredAt = expired.get(version);
    if (expiredAt !== undefined) return { ...about, expiresAt: expiredAt, isExpired: true };
    const stays = (kept: string) => ({ ...about, kept, expiresAt: null });
    const why = needed.get(version);
    if (why !== undefined) return stays(why);
    if (keepLast === null && keepFor === null) return stays('the policy keeps all (retention)');
    if (keepLast !== null && place.get(version)! < keepLast)
      return stays(`it is one of the last ${keepLast} that were archived`);
    return {
      ...about,
      expiresAt: Math.max(archivedAt! + (keepFor ?? 0), registeredAt + SETTLED_MS),
    };
  });
}

/** Why a version whose package was deleted cannot come back; undefined where it is there. */
export function expiryOf({ expired }: Keeping, version: string): string | undefined {
  const at = expired.get(version);
  if (at === undefined) return undefined;
  const when = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  return `the package of ${version} was deleted at ${when} by the retention of the policy: train it again`;
}

interface Scanner {
  scan(types: readonly (typeof KEEPING_FACTS)[number][]): AsyncIterable<RecordedEvent>;
}

/** CONFLICT where the package of a version was deleted by the retention of its policy. */
export async function assertNotExpired(events: Scanner, model: string, version: string): Promise<void> {
  const gone = expiryOf(await readKeeping(events, model), version);
  if (gone !== undefined) throw new EpochlogError('CONFLICT', gone);
}

/** What the log says of the versions of a model, and what needs their packages. */
export async function readKeeping(events: Scanner, model: string): Promise<Keeping> {
  let keeping = NOTHING_KEPT;
  for await (const event of events.scan(KEEPING_FACTS))
    if (isKeepingFact(event) && event.data.model === model) keeping = withKeeping(keeping, event);
  return keeping;
}
