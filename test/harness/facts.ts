import {
  type NewEvent,
  newEvent,
  ownerOf,
  type RecordedEvent,
  streamOf,
  subjectOf,
} from '../../kernel/event.ts';
import { newId } from '../../kernel/ids.ts';
import type { Store } from '../../operations/session.ts';

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
  newEvent('PaperIngested', {
    arxivId,
    title: `On ${arxivId}`,
    abstract: 'Too short to learn from.',
    authors: [],
    categories: ['cs.DB'],
    primaryCategory: 'cs.DB',
    published: '2024-01-01',
    collectionId: 'c',
    line: 1,
  });
