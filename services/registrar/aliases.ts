import { didYouMean } from '../../kernel/nearest.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { AliasesRequested } from '../../schemas/events.generated.ts';
import type { ModelVersions } from './versions.ts';

const ALIAS = /^[a-z][a-z0-9-]{0,62}$/;

/** Sets all aliases of a request at once, or none: where one does not stand for the version that was expected, it is refused. */
export function onAliasesRequested(model: ModelVersions, request: AliasesRequested): NewEvent[] {
  const { model: name, changes, reason, requestedBy } = request;
  const policyVersion = model.policy.version;
  const fault = changes.map((change) => faultOf(model, change)).find((one) => one !== undefined);
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

function faultOf(
  { registered, aliases }: ModelVersions,
  { alias, version, expected }: AliasesRequested['changes'][number],
): { code: string; reason: string } | undefined {
  if (!ALIAS.test(alias))
    return {
      code: 'INPUT_INVALID',
      reason: `'${alias}' is no alias: lower-case letters, digits and hyphens`,
    };
  if (version !== null && !registered.has(version)) {
    const known = [...registered.keys()];
    return { code: 'NOT_FOUND', reason: `there is no ${version}${didYouMean(version, known)}` };
  }
  const now = aliases.get(alias) ?? '';
  if (expected === null || expected === now) return undefined;
  const stands = (text: string) => (text === '' ? 'nothing' : text);
  return {
    code: 'CONFLICT',
    reason: `${alias} stands for ${stands(now)}, not for ${stands(expected)}: look, and ask again`,
  };
}
