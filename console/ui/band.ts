/** One change of what a model has in production, newest first, as `GET /v1/models/{model}/history` tells it. */
export interface Change {
  version: string;
  change: string;
  instant: string;
  reason: string | null;
  requestedBy: string | null;
  eventId: string;
}

/** For how long a version was in production; `to` is undefined for the one that still is. */
export interface Stretch {
  version: string;
  from: number;
  to: number | undefined;
  eventId: string;
}

/** Changes after which another version, or none, is in production. */
const ENDS = new Set(['retired']);
const BEGINS = new Set(['promoted', 'rolled_back']);

/** The stretches of production of a model, oldest first, in milliseconds since 1970. */
export function stretches(changes: readonly Change[]): Stretch[] {
  const found: Stretch[] = [];
  for (const { change, version, instant, eventId } of changes.toReversed()) {
    const at = Date.parse(instant);
    const last = found.at(-1);
    if ((BEGINS.has(change) || ENDS.has(change)) && last && last.to === undefined) last.to = at;
    if (BEGINS.has(change)) found.push({ version, from: at, to: undefined, eventId });
  }
  return found;
}

/** The stretch at an instant. */
export const stretchAt = (all: readonly Stretch[], at: number): Stretch | undefined =>
  all.findLast(({ from, to }) => from <= at && (to === undefined || at < to));
