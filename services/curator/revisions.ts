import type { Keyed } from '../../kernel/ports/states.ts';
import { isOlder, type Revision, revisionNamed } from '../../tasks/revision.ts';

export const NO_REVISION: Revision = { revision: null, revisedAt: null };

/** Why a revision of a record changes nothing; undefined for one that is not older than the newest there is. */
export function supersededBy(
  newest: Revision | undefined,
  revision: Revision | undefined,
): string | undefined {
  if (!newest || !revision || !isOlder(revision, newest)) return undefined;
  return `${revisionNamed(newest)} came before ${revisionNamed(revision)}`;
}

/** Keeps the revision of a record that was decided on, where its source says which it is. */
export function keepRevision(
  revisions: Keyed<Revision>,
  key: string,
  { revision, revisedAt }: Revision,
): void {
  if (revision !== null || revisedAt !== null) revisions.set(key, { revision, revisedAt });
}
