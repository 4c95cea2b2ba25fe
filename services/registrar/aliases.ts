import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { AliasesRequested } from '../../schemas/events.generated.ts';
import { aliasFault } from '../../schemas/models/names.ts';
import type { ModelVersions } from './versions.ts';

/** Sets all aliases of a request at once, or none: where one does not stand for the version that was expected, it is refused. */
export function onAliasesRequested(model: ModelVersions, request: AliasesRequested): NewEvent[] {
  const { model: name, changes, reason, requestedBy } = request;
  const policyVersion = model.policy.version;
  const now = { versions: [...model.registered.keys()], aliases: model.aliases };
  const fault = changes.map((change) => aliasFault(now, change)).find((one) => one !== undefined);
  if (fault) return [newEvent('AliasesRefused', { model: name, ...fault, requestedBy, policyVersion })];
  const aliases = new Map(model.aliases);
  for (const { alias, version } of changes) {
    if (version === null) aliases.delete(alias);
    else aliases.set(alias, version);
  }
  const after = Object.fromEntries(aliases);
  return [
    newEvent('AliasesChanged', { model: name, aliases: after, changes, reason, requestedBy, policyVersion }),
  ];
}
