import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { PRODUCTION, targetOf } from '../../schemas/deployments/running.ts';
import type {
  DeploymentCompleted,
  DeploymentRefused,
  DeploymentRolledBack,
  VersionRegistered,
} from '../../schemas/events.generated.ts';
import { inProduction, isRetired } from '../../schemas/models/production.ts';
import { promote } from './promotion.ts';
import type { ModelVersions } from './versions.ts';

const REGISTRAR = 'registrar';

/**
 * Approves a version, and asks for its deployment: it is promoted when it has all the traffic. Where the policy requires that
 * it has answered in another environment, it goes there first, and to production when someone asks for that.
 */
export function approve(
  candidate: VersionRegistered,
  reason: string,
  environment: string = PRODUCTION,
): NewEvent[] {
  const { model, version, runId, package: digest, evaluationId, policyVersion } = candidate;
  const deploymentId = `${runId}-deployment`;
  const asked = { model, version, reason, requestedBy: REGISTRAR };
  return [
    newEvent('VersionApproved', {
      ...asked,
      runId,
      package: digest,
      evaluationId,
      deploymentId,
      policyVersion,
    }),
    newEvent('DeploymentRequested', {
      ...asked,
      target: targetOf(model, environment),
      deploymentId,
      environment,
      strategy: null,
    }),
  ];
}

/** Promotes a version that has all the traffic. A shadow gets it when the policy approved it, and not when it was only to be compared. */
export function onDeployed(model: ModelVersions, completed: DeploymentCompleted): NewEvent[] {
  const { version, environment, strategy, reason, requestedBy } = completed;
  const candidate = model.registered.get(version);
  const isDue =
    environment === PRODUCTION &&
    (strategy !== 'shadow' || model.approved.has(version)) &&
    !isRetired(model.decisions) &&
    inProduction(model.decisions)?.version !== version;
  return candidate && isDue ? promote(candidate, model, `${strategy}: ${reason}`, requestedBy) : [];
}

/** Archives a version that was approved by the policy and did not stand its deployment. */
export function onNotDeployed(
  { registered, approved, policy }: ModelVersions,
  { model, version, code, reason }: DeploymentRolledBack | DeploymentRefused,
): NewEvent[] {
  const candidate = registered.get(version ?? '');
  if (!candidate || !approved.has(candidate.version)) return [];
  const common = { model, version: candidate.version, reason, policyVersion: policy.version };
  return [
    newEvent('PromotionRefused', { ...common, runId: candidate.runId, code, requestedBy: REGISTRAR }),
    newEvent('VersionArchived', common),
  ];
}
