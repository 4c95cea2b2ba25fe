import type { RecordedEvent } from '../../schemas/catalogue.ts';

/** Counts of the records of a task, and of what is still being collected or curated. */
export interface Corpus {
  /** accepted samples that were not withdrawn */
  readonly accepted: number;
  /** decisions of the curator */
  readonly decided: number;
  /** records ingested */
  readonly ingested: number;
  /** collections that have not ended */
  readonly collecting: ReadonlySet<string>;
}

export const EMPTY: Corpus = { accepted: 0, decided: 0, ingested: 0, collecting: new Set() };

/**
 * Whether no collection is running and the curator has decided on every ingested record. A dataset that is sealed in
 * the middle of a collection would contain only a part of it.
 */
export const isSettled = ({ decided, ingested, collecting }: Corpus): boolean =>
  collecting.size === 0 && decided === ingested;

export function evolveCorpus(corpus: Corpus, event: RecordedEvent): Corpus {
  const { accepted, decided, ingested, collecting } = corpus;
  switch (event.type) {
    case 'SampleAccepted':
      return { ...corpus, accepted: accepted + (event.data.replaces ? 0 : 1), decided: decided + 1 };
    case 'SampleDeduplicated':
    case 'SampleRejected':
      return { ...corpus, accepted: accepted - (event.data.replaces ? 1 : 0), decided: decided + 1 };
    case 'PageCollected':
      return { ...corpus, ingested: ingested + event.data.records };
    case 'CollectionStarted':
      return { ...corpus, collecting: collecting.union(new Set([event.data.collectionId])) };
    case 'CollectionCompleted':
    case 'CollectionFailed':
      return { ...corpus, collecting: collecting.difference(new Set([event.data.collectionId])) };
    default:
      return corpus;
  }
}

/** The task whose corpus an event changes; undefined for one that changes none. */
export function taskOf(event: RecordedEvent): string | undefined {
  switch (event.type) {
    case 'SampleAccepted':
    case 'SampleDeduplicated':
    case 'SampleRejected':
    case 'PageCollected':
    case 'CollectionStarted':
    case 'CollectionCompleted':
    case 'CollectionFailed':
      return event.data.task;
    default:
      return undefined;
  }
}
