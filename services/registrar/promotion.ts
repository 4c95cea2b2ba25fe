import { evaluateGates, faultOf, type GateFault } from '../../ml/gates/gates.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { PRODUCTION, targetOf } from '../../schemas/deployments/running.ts';
import type {
  PromotionRequested,
  RollbackRequested,
  VersionRegistered,
} from '../../schemas/events.generated.ts';
import { expiryOf } from '../../schemas/models/kept.ts';
import { guardOf } from '../../schemas/models/policy.ts';
import { inProduction, rollbackTargets } from '../../schemas/models/production.ts';
import { gatesTold } from './gating.ts';
import { isReviewed, missingReview } from './review.ts';
import { evidenceFor, type ModelVersions, unknownVersion } from './versions.ts';

/** Promotes a version to production, and archives the one that it replaces. */
export function promote(
  { model, version, package: digest, runId, datasetId, evaluationId }: VersionRegistered,
  versions: ModelVersions,
  reason: string,
  requestedBy: string,
): NewEvent[] {
  const previous = inProduction(versions.decisions)?.version ?? null;
  const origin = { package: digest, runId, datasetId, evaluationId };
  const policyVersion = versions.policy.version;
  const promoted = { model, version, previous, ...origin, reason, requestedBy, policyVersion };
  return [
    newEvent('VersionPromoted', promoted),
    ...(previous === null ? [] : archive(versions, { model, version: previous }, `replaced by ${version}`)),
  ];
}

/**
 * Promotes any registered version that is not in production, archived ones too, if it passes the gates. Who forces it is
 * named in the fact. Of two requests that expect the same version in production one is followed, and the other learns why not.
 */
export function promoteAsRequested(model: ModelVersions, request: PromotionRequested): NewEvent[] {
  const { version, reason, requestedBy, expected, force } = request;
  const production = inProduction(model.decisions)?.version;
  if (expected !== null && expected !== production) {
    return refuse(model, request, version, 'CONFLICT', staleExpectation(model, expected));
  }
  if (version === production) {
    return refuse(model, request, version, 'CONFLICT', `${version} is in production already`);
  }
  const candidate = model.registered.get(version);
  if (!candidate) {
    return refuse(model, request, version, 'NOT_FOUND', unknownVersion(model, version));
  }
  const gone = expiryOf(model.keeping, version);
  if (gone !== undefined) return refuse(model, request, version, 'CONFLICT', gone);
  const verdict = evaluateGates(
    evidenceFor(model, version),
    guardOf(model.policy.promotion, PRODUCTION),
    production,
  );
  const about = { model: request.model, version, target: PRODUCTION, requestedBy };
  const told = gatesTold(model, about, verdict);
  const fault = faultOf(verdict);
  if (fault && !force) {
    const advice = `look at \`epochlog gate ${version}\`, or promote it all the same with --force`;
    return [...told, ...refuse(model, request, version, fault.code, `${fault.reason}; ${advice}`)];
  }
  if (!isReviewed(model, version))
    return [...told, ...refuse(model, request, version, 'REVIEW_MISSING', missingReview(model, version))];
  const why = fault ? `${reason} (forced: ${fault.reason})` : reason;
  return [...told, ...promote(candidate, model, why, requestedBy)];
}

/** Why a request that was made for another production is not followed. */
function staleExpectation({ decisions }: ModelVersions, expected: string): string {
  const last = decisions.at(-1);
  const now = last?.production?.version;
  if (!last || now === undefined) return `${expected} is not in production, nothing is`;
  const when = new Date(last.since).toISOString();
  return `${expected} is not in production any more: ${last.decidedBy} put ${now} there at ${when}, because: ${last.reason}`;
}

/**
 * Restores a version that was in production before the current one. While a version is being deployed, a rollback that names
 * no version is about that one: it ends the deployment, and production stays as it is.
 */
export function rollBack(versions: ModelVersions, request: RollbackRequested): NewEvent[] {
  const { decisions, policy } = versions;
  const from = inProduction(decisions)?.version;
  if (request.from !== null && request.from !== from) {
    const reason = `${request.from} is not in production any more, ${from ?? 'nothing'} is`;
    return refuse(versions, request, request.from, 'CONFLICT', reason);
  }
  if (request.to !== null && !versions.registered.has(request.to)) {
    const reason = unknownVersion(versions, request.to);
    return refuse(versions, request, request.to, 'NOT_FOUND', reason);
  }
  if (versions.deploying !== null && request.from === null && request.to === null) {
    return endDeployment(versions, versions.deploying, request);
  }
  const targets = rollbackTargets(decisions);
  if (from === undefined || targets.length === 0) {
    const reason = from ? `no version was in production before ${from}` : 'no version is in production';
    return refuse(versions, request, from ?? 'none', 'CONFLICT', `nothing to go back to: ${reason}`);
  }
  const before = request.to === null ? targets[0] : targets.find((target) => target.version === request.to);
  if (!before) {
    const earlier = [...new Set(targets.map((target) => target.version))];
    const reason = `${request.to} is none of the versions that were in production before ${from}: ${earlier.join(', ')}; to put another one there, promote it`;
    return refuse(versions, request, request.to ?? from, 'NOT_FOUND', reason);
  }
  const gone = expiryOf(versions.keeping, before.version);
  if (gone !== undefined) {
    const there = targets.filter(({ version }) => expiryOf(versions.keeping, version) === undefined);
    const names = [...new Set(there.map(({ version }) => version))].join(', ') || 'none';
    const reason = `${gone}; versions that can come back with --to: ${names}`;
    return refuse(versions, request, before.version, 'CONFLICT', reason);
  }
  const { version, package: digest, runId, datasetId, evaluationId } = before;
  const origin = { package: digest, runId, datasetId, evaluationId };
  const { model, reason, requestedBy } = request;
  return [
    newEvent('VersionRolledBack', {
      model,
      version,
      from,
      ...origin,
      reason,
      requestedBy,
      policyVersion: policy.version,
    }),
    ...archive(versions, { model, version: from }, `rolled back to ${version}: ${reason}`),
  ];
}

function endDeployment(
  { decisions, policy }: ModelVersions,
  deploymentId: string,
  { model, reason, requestedBy }: RollbackRequested,
): NewEvent[] {
  const version = inProduction(decisions)?.version ?? null;
  const asked = { model, reason, requestedBy };
  const environment = PRODUCTION;
  const target = targetOf(model, environment);
  return [
    newEvent('RollbackEndedDeployment', { ...asked, deploymentId, version, policyVersion: policy.version }),
    newEvent('DeploymentAbortRequested', { ...asked, target, environment }),
  ];
}

/** Takes a version out of production. */
export const archive = (
  { policy }: ModelVersions,
  { model, version }: { model: string; version: string },
  reason: string,
): NewEvent[] => [newEvent('VersionArchived', { model, version, reason, policyVersion: policy.version })];

function refuse(
  { policy }: ModelVersions,
  { model, requestedBy }: { model: string; requestedBy: string },
  version: string,
  code: 'CONFLICT' | 'NOT_FOUND' | 'REVIEW_MISSING' | GateFault['code'],
  reason: string,
): NewEvent[] {
  const refused = { model, version, runId: null, code, reason, requestedBy };
  return [newEvent('PromotionRefused', { ...refused, policyVersion: policy.version })];
}
