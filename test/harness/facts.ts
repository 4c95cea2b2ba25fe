import { newId } from '../../kernel/ids.ts';
import type { Store } from '../../operations/session.ts';
import { type NewEvent, ownerOf, type RecordedEvent, streamOf, subjectOf } from '../../schemas/catalogue.ts';
import { ingested } from './records.ts';

/** A fact as the service that owns its stream would write it. */
export function factOf(fact: NewEvent, sequence = 1): RecordedEvent {
  const time = Date.now();
  const id = newId(time);
  const envelope = {
    id,
    source: ownerOf(streamOf(fact.type)),
    subject: subjectOf(fact),
    time,
    sequence,
    correlationId: id,
    causationId: null,
  };
  return { ...envelope, ...fact };
}

/** Appends a fact; for tests that run without the service that owns its stream. */
export async function appendFact({ log, codec }: Store, fact: NewEvent, sequence = 1): Promise<void> {
  await log.append([codec.encode(factOf(fact, sequence))]);
}

/** A paper that the curator rejects as too short. */
export const shortPaper = (arxivId: string): NewEvent =>
  ingested(arxivId, {
    abstract: 'Too short to learn from.',
    categories: ['cs.DB'],
    primary_category: 'cs.DB',
  });
