import { EpochlogError } from '../../kernel/errors.ts';
import { didYouMean } from '../../kernel/nearest.ts';
import type { EventReader } from '../catalogue.ts';
import type { AliasesRequestedAliasChange as AliasChange } from '../events.generated.ts';

const ALIAS = /^[a-z][a-z0-9-]{0,62}$/;

/** The versions of a model, and what people call them. */
export interface Names {
  /** in the order of registration */
  readonly versions: readonly string[];
  /** the version that each stands for */
  readonly aliases: ReadonlyMap<string, string>;
  /** by version, then by name */
  readonly tags: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

export interface AliasFault {
  readonly code: 'INPUT_INVALID' | 'NOT_FOUND' | 'CONFLICT';
  readonly reason: string;
}

/** Why an alias cannot change as it is asked for; undefined when it can. */
export function aliasFault(
  { versions, aliases }: Pick<Names, 'versions' | 'aliases'>,
  { alias, version, expected }: AliasChange,
): AliasFault | undefined {
  if (!ALIAS.test(alias))
    return {
      code: 'INPUT_INVALID',
      reason: `'${alias}' is no alias: lower-case letters, digits and hyphens`,
    };
  if (version !== null && !versions.includes(version))
    return { code: 'NOT_FOUND', reason: `there is no ${version}${didYouMean(version, versions)}` };
  const now = aliases.get(alias) ?? '';
  if (expected === null || expected === now) return undefined;
  const stands = (text: string) => (text === '' ? 'nothing' : text);
  return {
    code: 'CONFLICT',
    reason: `${alias} stands for ${stands(now)}, not for ${stands(expected)}: look, and ask again`,
  };
}

/** What the log says of the names of a model. */
export async function readNames(
  events: EventReader,
  model: string,
): Promise<Names & { readonly followed: ReadonlySet<string> }> {
  const versions: string[] = [];
  const followed = new Set<string>();
  let aliases = new Map<string, string>();
  const tags = new Map<string, Readonly<Record<string, string>>>();
  for await (const { type, data, correlationId } of events.scan(NAMING)) {
    if (data.model !== model) continue;
    if (type === 'VersionRegistered') versions.push(data.version);
    else if (type === 'VersionTagged') tags.set(data.version, withTags(tags.get(data.version), data.tags));
    else {
      aliases = new Map(Object.entries(data.aliases));
      followed.add(correlationId);
    }
  }
  return { versions, aliases, tags, followed };
}

const NAMING = ['VersionRegistered', 'VersionTagged', 'AliasesChanged'] as const;

/** An empty text removes a tag. */
const withTags = (before: Readonly<Record<string, string>> = {}, given: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries({ ...before, ...given }).filter(([, value]) => value !== ''));

/**
 * Throws what keeps aliases from changing, as the log is now: who asks knows it at once, though the registrar decides. A request
 * that was followed may be sent again.
 */
export async function assertAliasesFit(
  events: EventReader,
  model: string,
  changes: readonly AliasChange[],
  requestId?: string,
): Promise<void> {
  const names = await readNames(events, model);
  if (requestId !== undefined && names.followed.has(requestId)) return;
  for (const change of changes) {
    const fault = aliasFault(names, change);
    if (fault) throw new EpochlogError(fault.code, fault.reason);
  }
}
