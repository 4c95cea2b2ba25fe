/** Which revision of a record something is; null where its source does not say. */
export interface Revision {
  /** from 1 */
  readonly revision: number | null;
  /** the day or the instant of it, ISO 8601 */
  readonly revisedAt: string | null;
}

/**
 * Whether one revision of a record is older than another: by their numbers where both have one, else by their days, since
 * sources name one or the other. What cannot be compared is not older: then the record that comes later counts.
 */
export function isOlder(one: Revision | undefined, other: Revision | undefined): boolean {
  if (!one || !other) return false;
  if (one.revision !== null && other.revision !== null) return one.revision < other.revision;
  if (one.revisedAt === null || other.revisedAt === null) return false;
  return dayOf(one.revisedAt) < dayOf(other.revisedAt);
}

const dayOf = (time: string): string => time.slice(0, 10);

/** A revision in words. */
export const revisionNamed = ({ revision, revisedAt }: Revision): string =>
  revision === null ? `the revision of ${revisedAt}` : `revision ${revision}`;
