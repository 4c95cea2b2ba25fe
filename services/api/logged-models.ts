import type { EventReader, LoggedEvent } from '../../schemas/catalogue.ts';
import { NO_RELEASES, type Releases, withRelease } from '../../schemas/deployments/environments.ts';
import type { ModelDeclared } from '../../schemas/events.generated.ts';
import { type PolicyInForce, withPolicy } from '../../schemas/models/policy.ts';
import {
  type Decisions,
  inProduction,
  PRODUCTION_FACTS,
  withDecision,
} from '../../schemas/models/production.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';
import { notFound } from './found.ts';

/*
 * What the log says of a model, for requests: what was acknowledged a moment ago is there, though the projections may not
 * have it yet.
 */

/** The declaration of a model. NOT_FOUND, with the nearest name, when it is not declared. */
export async function declaredModelOf(events: EventReader, model: string): Promise<ModelDeclared> {
  const declared = new Map<string, ModelDeclared>();
  for await (const { data } of events.scan(['ModelDeclared'])) declared.set(data.model, data);
  const found = declared.get(model);
  if (!found) throw notFound('model', model, declared.keys());
  return found;
}

/** NOT_FOUND, with the nearest name, unless a model is declared or has versions. */
export async function assertModelLogged(events: EventReader, model: string): Promise<void> {
  const known = new Set<string>();
  for await (const { data } of events.scan(['ModelDeclared', 'VersionRegistered'])) known.add(data.model);
  if (!known.has(model)) throw notFound('model', model, known);
}

/** The policy of a model, and the request that put it in force; undefined while it is the default one. */
export async function policyOf(
  events: EventReader,
  model: string,
): Promise<{ policy: PolicyInForce; change: LoggedEvent<'PolicyChanged'> | undefined }> {
  let policy: PolicyInForce = DEFAULT_POLICY;
  let change: LoggedEvent<'PolicyChanged'> | undefined;
  for await (const event of events.scan(['PolicyChanged'])) {
    if (event.data.model !== model) continue;
    const after = withPolicy(policy, event.data);
    if (after !== policy) change = event;
    policy = after;
  }
  return { policy, change };
}

/** What was deployed of a model to the environments other than production. */
export async function releasesOf(events: EventReader, model: string): Promise<Releases> {
  let releases = NO_RELEASES;
  for await (const event of events.scan(['DeploymentCompleted', 'ModelRetired']))
    if (event.data.model === model) releases = withRelease(releases, event);
  return releases;
}

/** The packages of a model by version, and its version in production. */
export async function packagesOf(events: EventReader, model: string) {
  const packages = new Map<string, string>();
  let decisions: Decisions = [];
  for await (const event of events.scan(['VersionRegistered', ...PRODUCTION_FACTS])) {
    if (event.data.model !== model) continue;
    if (event.type === 'VersionRegistered') packages.set(event.data.version, event.data.package);
    else decisions = withDecision(decisions, event);
  }
  const production = inProduction(decisions)?.version;

  /** A version and its package; by default that in production. NOT_FOUND when there is none. */
  const packageOf = (version = production): { version: string; package: string } => {
    if (version === undefined) throw notFound(`version of ${model}`, 'in production', packages.keys());
    const found = packages.get(version);
    if (found === undefined) throw notFound(`version of ${model}`, version, packages.keys());
    return { version, package: found };
  };
  return packageOf;
}
