import { type NewEvent, newEvent } from '../../kernel/event.ts';
import type {
  PromotionRequested,
  RollbackRequested,
  VersionRegistered,
} from '../../schemas/events.generated.ts';
import { inProduction, type ModelVersions } from './versions.ts';

/** A version goes into production, and the one it replaces to the archive. */
export function promote(
  { model, version, package: digest, runId, datasetId, evaluationId }: VersionRegistered,
  versions: ModelVersions,
  reason: string,
  requestedBy: string,
): NewEvent[] {
  const previous = inProduction(versions) ?? null;
  const origin = { package: digest, runId, datasetId, evaluationId };
  const promoted = { model, version, previous, ...origin, reason, requestedBy };
  return [newEvent('VersionPromoted', promoted), ...archive(model, previous, `replaced by ${version}`)];
}

/** A person asks for a version: any that is registered, archived or not, and not in production already. */
export function promoteAsRequested(model: ModelVersions, request: PromotionRequested): NewEvent[] {
  const { version, reason, requestedBy } = request;
  if (version === inProduction(model)) {
    return refuse(request, version, 'CONFLICT', `${version} is in production already`);
  }
  const known = model.registered.get(version);
  if (!known) {
    const registered = [...model.registered.keys()].join(', ') || 'none';
    return refuse(request, version, 'NOT_FOUND', `there is no ${version}; registered: ${registered}`);
  }
  return promote(known, model, reason, requestedBy);
}

/** The version that was in production before the current one comes back. */
export function rollBack({ registered, history }: ModelVersions, request: RollbackRequested): NewEvent[] {
  const from = history.at(-1);
  const before = registered.get(history.at(-2) ?? '');
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
