import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type {
  PromotionRequested,
  RollbackRequested,
  VersionRegistered,
} from '../../schemas/events.generated.ts';
import { inProduction, rollbackTarget } from '../../schemas/models/production.ts';
import type { ModelVersions } from './versions.ts';

/** Promotes a version to production, and archives the one that it replaces. */
export function promote(
  { model, version, package: digest, runId, datasetId, evaluationId }: VersionRegistered,
  versions: ModelVersions,
  reason: string,
  requestedBy: string,
): NewEvent[] {
  const previous = inProduction(versions.decisions)?.version ?? null;
  const origin = { package: digest, runId, datasetId, evaluationId };
  const promoted = { model, version, previous, ...origin, reason, requestedBy };
  return [newEvent('VersionPromoted', promoted), ...archive(model, previous, `replaced by ${version}`)];
}

/** Promotes any registered version that is not in production, archived ones too. */
export function promoteAsRequested(model: ModelVersions, request: PromotionRequested): NewEvent[] {
  const { version, reason, requestedBy } = request;
  if (version === inProduction(model.decisions)?.version) {
    return refuse(request, version, 'CONFLICT', `${version} is in production already`);
  }
  const candidate = model.registered.get(version);
  if (!candidate) {
    const registered = [...model.registered.keys()].join(', ') || 'none';
    return refuse(request, version, 'NOT_FOUND', `there is no ${version}; registered: ${registered}`);
  }
  return promote(candidate, model, reason, requestedBy);
}

/** Restores the version that was in production before the current one. */
export function rollBack({ decisions }: ModelVersions, request: RollbackRequested): NewEvent[] {
  const from = inProduction(decisions)?.version;
  const before = rollbackTarget(decisions);
  if (from === undefined || before === undefined) {
    const reason = from ? `no version was in production before ${from}` : 'no version is in production';
    return refuse(request, from ?? 'none', 'CONFLICT', `nothing to go back to: ${reason}`);
  }
  const { version, package: digest, runId, datasetId, evaluationId } = before;
  const origin = { package: digest, runId, datasetId, evaluationId };
  const { model, reason, requestedBy } = request;
  return [
    newEvent('VersionRolledBack', { model, version, from, ...origin, reason, requestedBy }),
    ...archive(model, from, `rolled back to ${version}: ${reason}`),
  ];
}

const archive = (model: string, version: string | null, reason: string): NewEvent[] =>
  version === null ? [] : [newEvent('VersionArchived', { model, version, reason })];

function refuse(
  { model, requestedBy }: { model: string; requestedBy: string },
  version: string,
  code: 'CONFLICT' | 'NOT_FOUND',
  reason: string,
): NewEvent[] {
  return [newEvent('PromotionRefused', { model, version, runId: null, code, reason, requestedBy })];
}
