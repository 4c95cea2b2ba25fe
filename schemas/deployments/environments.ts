import { EpochlogError } from '../../kernel/errors.ts';
import type { RecordedEvent } from '../catalogue.ts';
import { PRODUCTION } from './running.ts';

/** A version in an environment other than production, since when, and why. */
export interface Release {
  readonly environment: string;
  readonly version: string;
  /** of the deployment that brought it there */
  readonly deploymentId: string;
  /** milliseconds since the epoch */
  readonly since: number;
  readonly decidedBy: string;
  readonly reason: string;
}

/** What was deployed to the environments of one model other than production, by environment, oldest first. */
export type Releases = ReadonlyMap<string, readonly Release[]>;

export const NO_RELEASES: Releases = new Map();

/** The releases after a fact: a deployment that completes makes one, a retirement of the model ends all. */
export function withRelease(
  releases: Releases,
  { type, data, time }: RecordedEvent<'DeploymentCompleted' | 'ModelRetired'>,
): Releases {
  if (type === 'ModelRetired') return NO_RELEASES;
  const { environment, version, deploymentId, strategy, requestedBy: decidedBy, reason } = data;
  if (environment === PRODUCTION || strategy === 'shadow') return releases;
  const release = { environment, version, deploymentId, since: time, decidedBy, reason };
  return new Map(releases).set(environment, [...(releases.get(environment) ?? []), release]);
}

/** What answers in an environment other than production. */
export const releasedIn = (releases: Releases, environment: string): Release | undefined =>
  releases.get(environment)?.at(-1);

/** The version that answered there before the one that does: another one, the latest. */
export function releasedBefore(releases: Releases, environment: string): Release | undefined {
  const now = releasedIn(releases, environment);
  return releases.get(environment)?.findLast(({ version }) => version !== now?.version);
}

/** The version that an environment goes back to. CONFLICT when no other was there before. */
export function versionBefore(releases: Releases, environment: string): string {
  const before = releasedBefore(releases, environment);
  if (before) return before.version;
  const now = releasedIn(releases, environment);
  const reason = now
    ? `no version was in ${environment} before ${now.version}`
    : `no version is in ${environment}`;
  throw new EpochlogError('CONFLICT', `nothing to go back to: ${reason}`);
}

/** For how many milliseconds a version has answered in an environment until now. */
export function answeredFor(releases: Releases, environment: string, version: string, now: number): number {
  const all = releases.get(environment) ?? [];
  return all.reduce((sum, release, i) => {
    if (release.version !== version) return sum;
    return sum + Math.max(0, (all[i + 1]?.since ?? now) - release.since);
  }, 0);
}
