import { type NewEvent, newEvent } from '../../kernel/event.ts';
import type { RetirementRequested } from '../../schemas/events.generated.ts';
import { inProduction, type ModelVersions } from './versions.ts';

/** A person retires a model that has versions. Nothing of it is in production then, until a version is promoted on request. */
export function retire(model: ModelVersions, request: RetirementRequested): NewEvent[] {
  const { model: name, reason, requestedBy } = request;
  if (model.retired) return refuse(request, 'CONFLICT', `${name} is retired already`);
  if (model.registered.size === 0) {
    return refuse(request, 'NOT_FOUND', `there is no model ${name} with a version: nothing of it is served`);
  }
  const version = inProduction(model) ?? null;
  return [
    newEvent('ModelRetired', { model: name, version, reason, requestedBy }),
    ...(version === null
      ? []
      : [newEvent('VersionArchived', { model: name, version, reason: `${name} is retired: ${reason}` })]),
  ];
}

const refuse = (
  { model, requestedBy }: RetirementRequested,
  code: 'CONFLICT' | 'NOT_FOUND',
  reason: string,
): NewEvent[] => [newEvent('RetirementRefused', { model, code, reason, requestedBy })];
