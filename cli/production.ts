import type { Event, Happened } from '../kernel/event.ts';
import type { EventReader } from '../kernel/reader.ts';

export const DEFAULT_MODEL = 'arxiv-classifier';

type Registered = Event<'VersionRegistered'>;
type InProduction = Event<'VersionPromoted' | 'VersionRolledBack'>;

/** What the log says of one model: its versions, and which of them served when. */
export interface ModelHistory {
  versions: ReadonlyMap<string, Registered>;
  /** every change of the version in production, oldest first */
  changes: readonly InProduction[];
}

/** Reads a model's versions and the changes of production, up to a moment (milliseconds since the epoch). */
export async function readModel(
  events: EventReader,
  model: string,
  at = Number.POSITIVE_INFINITY,
): Promise<ModelHistory> {
  const versions = new Map<string, Registered>();
  const changes: InProduction[] = [];
  for await (const event of events.scan(['VersionRegistered', 'VersionPromoted', 'VersionRolledBack'])) {
    if (event.data.model !== model || event.time > at) continue;
    if (event.type === 'VersionRegistered') versions.set(event.data.version, event);
    else changes.push(event);
  }
  return { versions, changes };
}

/** Whatever happened, in the order it happened. */
export const byTime = (a: Happened, b: Happened): number => a.time - b.time;
