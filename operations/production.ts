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

/** The events of one model, as they are read. */
interface Read {
  readonly versions: Map<string, Registered>;
  readonly changes: Decision[];
  /** the last of each instance */
  readonly reports: Map<string, Report>;
}

const emptyRead = (): Read => ({ versions: new Map(), changes: [], reports: new Map() });

/**
 * Reads what the log says of each model, up to a moment (milliseconds since the epoch). What followed from replayed data
 * was when these were, all else when it was written.
 */
export async function readModels(
  events: EventReader,
  at = Number.POSITIVE_INFINITY,
): Promise<Map<string, ModelHistory>> {
  const models = new Map<string, Read>();
  for await (const event of events.scan(TYPES)) {
    if (momentOf(event) > at) continue;
    const { model } = event.data;
    const read = models.get(model) ?? emptyRead();
    models.set(model, read);
    switch (event.type) {
      case 'VersionRegistered':
        read.versions.set(event.data.version, event);
        break;
      case 'VersionServing':
      case 'ServingFailed':
      case 'ServingEnded':
        read.reports.set(event.data.instance, event);
        break;
      default:
        read.changes.push(event);
    }
  }
  return new Map([...models].map(([model, read]) => [model, historyOf(read)]));
}

/** The same of one model, whether the log knows it or not. */
export async function readModel(events: EventReader, model: string, at?: number): Promise<ModelHistory> {
  return (await readModels(events, at)).get(model) ?? historyOf(emptyRead());
}

function historyOf({ versions, changes, reports }: Read): ModelHistory {
  const last = changes.at(-1);
  const production = last && isInProduction(last) ? last : undefined;
  const served = [...reports.values()].filter(({ data }) => data.decisionId === last?.id);
  return { versions, changes, production, served };
}

export const isInProduction = (decision: Decision): decision is InProduction =>
  decision.type !== 'ModelRetired';
