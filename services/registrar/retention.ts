import { newEvent, type Timer } from '../../schemas/catalogue.ts';
import { retained } from '../../schemas/models/kept.ts';
import type { ModelVersions } from './versions.ts';

/** When the packages of archived versions expire by the policy. */
export function retentionTimers(model: string, { keeping, policy }: ModelVersions): Timer[] {
  const { keepLast, keepFor } = policy.retention;
  if (keepLast === null && keepFor === null) return [];
  const rule = [
    ...(keepLast === null ? [] : [`the last ${keepLast} that were archived`]),
    ...(keepFor === null ? [] : [`${keepFor / 86_400_000} days after they were archived`]),
  ].join(', and for ');
  return retained(keeping, policy.retention).flatMap(
    ({ version, package: digest, archivedAt, expiresAt, isExpired }) =>
      expiresAt === null || isExpired
        ? []
        : [
            {
              id: `${model}/${version}/${archivedAt}`,
              dueAt: expiresAt,
              event: newEvent('VersionExpired', {
                ...{ model, version, package: digest, archivedAt: archivedAt! },
                reason: `the policy keeps archived versions: ${rule}`,
                policyVersion: policy.version,
              }),
            },
          ],
  );
}
