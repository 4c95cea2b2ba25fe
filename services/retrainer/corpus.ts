import type { Happened } from '../../kernel/event.ts';

/** How much there is to learn from, and whether more is on its way. */
export interface Corpus {
  /** samples that may be learnt from */
  readonly accepted: number;
  /** papers that the curator has accepted, deduplicated or rejected */
  readonly decided: number;
  /** papers in the pages collected so far */
  readonly ingested: number;
  /** collections under way */
  readonly collecting: ReadonlySet<string>;
}

export const EMPTY: Corpus = { accepted: 0, decided: 0, ingested: 0, collecting: new Set() };

/**
 * Papers come in bursts: a collection ingests thousands, and the curator follows. A dataset sealed in the middle of
 * one would hold a part of it. The burst is through when no collection is under way and every paper is decided on.
 */
export const isQuiet = ({ decided, ingested, collecting }: Corpus): boolean =>
  collecting.size === 0 && decided === ingested;

export function evolveCorpus(corpus: Corpus, event: Happened): Corpus {
  const { accepted, decided, ingested, collecting } = corpus;
  switch (event.type) {
    case 'SampleAccepted':
      return { ...corpus, accepted: accepted + (event.data.replaces ? 0 : 1), decided: decided + 1 };
    case 'SampleDeduplicated':
    case 'SampleRejected':
      return { ...corpus, accepted: accepted - (event.data.replaces ? 1 : 0), decided: decided + 1 };
    case 'PageCollected':
      return { ...corpus, ingested: ingested + event.data.papers };
    case 'CollectionStarted':
      return { ...corpus, collecting: collecting.union(new Set([event.data.collectionId])) };
    case 'CollectionCompleted':
    case 'CollectionFailed':
      return { ...corpus, collecting: collecting.difference(new Set([event.data.collectionId])) };
    default:
      return corpus;
  }
}
