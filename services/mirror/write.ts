import type { RecordedEvent } from '../../schemas/catalogue.ts';
import {
  MIRRORED,
  type Mirror,
  type MirroredEvent,
  type MirroredType,
  type Writers,
  type Written,
} from './mirrored.ts';
import { RUN_WRITERS } from './runs.ts';
import { SEARCH_WRITERS } from './searches.ts';
import type { Links } from './state.ts';
import { VERSION_WRITERS } from './versions.ts';

const WRITERS: Writers<MirroredType> = { ...SEARCH_WRITERS, ...RUN_WRITERS, ...VERSION_WRITERS };

/** What an event begins and needs on the server; undefined when there is nothing of it to write. */
export function linksOf(event: RecordedEvent): Links | undefined {
  switch (event.type) {
    case 'SearchStarted':
      return { begins: event.data.searchId };
    case 'TrainingRequested': // others may be refused, and are written when they start
      return event.data.searchId === null
        ? undefined
        : { begins: event.data.runId, needs: event.data.searchId };
    case 'TrainingStarted':
      return { begins: event.data.runId };
    case 'EvaluationCompleted':
      return event.data.runId === null ? undefined : { needs: event.data.runId };
    case 'VersionRegistered':
      return { needs: event.data.runId };
    default:
      return (MIRRORED as readonly string[]).includes(event.type) ? { needs: event.subject } : undefined;
  }
}

/** Writes what an event says; again is no harm. @throws MirrorFault */
export const write = (event: MirroredEvent, mirror: Mirror): Promise<Written> =>
  (WRITERS[event.type] as (event: MirroredEvent, mirror: Mirror) => Promise<Written>)(event, mirror);
