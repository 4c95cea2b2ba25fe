import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { RetirementRequested } from '../../schemas/events.generated.ts';
import { inProduction, isRetired } from '../../schemas/models/production.ts';
import { archive } from './promotion.ts';
import type { ModelVersions } from './versions.ts';

/** Retires a model that has versions: it has none in production until one is promoted on request. */
export function retire(model: ModelVersions, request: RetirementRequested): NewEvent[] {
  const { model: name, reason, requestedBy } = request;
  if (isRetired(model.decisions)) return refuse(model, request, 'CONFLICT', `${name} is retired already`);
  if (model.registered.size === 0) {
    return refuse(
      model,
      request,
      'NOT_FOUND',
      `there is no model ${name} with a version: nothing of it is served`,
    );
  }
  const version = inProduction(model.decisions)?.version ?? null;
  const policyVersion = model.policy.version;
  return [
    newEvent('ModelRetired', { model: name, version, reason, requestedBy, policyVersion }),
    ...(version === null ? [] : archive(model, { model: name, version }, `${name} is retired: ${reason}`)),
  ];
}

const refuse = (
  { policy }: ModelVersions,
  { model, requestedBy }: RetirementRequested,
  code: 'CONFLICT' | 'NOT_FOUND',
  reason: string,
): NewEvent[] => [
  newEvent('RetirementRefused', { model, code, reason, requestedBy, policyVersion: policy.version }),
];
