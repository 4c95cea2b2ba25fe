import { momentOf } from '../kernel/event.ts';
import type { EventReader, LoggedEvent } from '../schemas/catalogue.ts';

type Registered = LoggedEvent<'VersionRegistered'>;
type InProduction = LoggedEvent<'VersionPromoted' | 'VersionRolledBack'>;
/** What was decided about production. */
export type Decision = InProduction | LoggedEvent<'ModelRetired'>;
/** What an instance of the predictor says of a decision. */
export type Report = LoggedEvent<'VersionServing' | 'ServingFailed' | 'ServingEnded'>;

/** What the log says of one model: its versions, which of them was in production when, and what answers. */
export interface ModelHistory {
  versions: ReadonlyMap<string, Registered>;
  /** every decision about production, oldest first */
  changes: readonly Decision[];
  /** what put the version into production that is there now */
  production: InProduction | undefined;
  /** what each instance of the predictor said last of the last decision */
  served: readonly Report[];
}

const TYPES = [
  'VersionRegistered',
  'VersionPromoted',
  'VersionRolledBack',
  'ModelRetired',
  'VersionServing',
  'ServingFailed',
  'ServingEnded',
] as const;

/**
 * Reads what the log says of a model, up to a moment (milliseconds since the epoch). What followed from replayed data was
 * when these were, all else when it was written.
 */
export async function readModel(
  events: EventReader,
  model: string,
  at = Number.POSITIVE_INFINITY,
): Promise<ModelHistory> {
  const versions = new Map<string, Registered>();
  const changes: Decision[] = [];
  const reports = new Map<string, Report>();
  for await (const event of events.scan(TYPES)) {
    if (event.data.model !== model || momentOf(event) > at) continue;
    switch (event.type) {
      case 'VersionRegistered':
        versions.set(event.data.version, event);
        break;
      case 'VersionServing':
      case 'ServingFailed':
      case 'ServingEnded':
        reports.set(event.data.instance, event);
        break;
      default:
        changes.push(event);
    }
  }
  const last = changes.at(-1);
  const production = last && isInProduction(last) ? last : undefined;
  const served = [...reports.values()].filter(({ data }) => data.decisionId === last?.id);
  return { versions, changes, production, served };
}

export const isInProduction = (decision: Decision): decision is InProduction =>
  decision.type !== 'ModelRetired';
