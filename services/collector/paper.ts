import { type NewEvent, newEvent } from '../../kernel/event.ts';
import type { Line } from '../../ml/records/lines.ts';
import { parsePaper } from '../../tasks/arxiv/paper.ts';

/** Where a line comes from. */
export interface Origin {
  collectionId: string;
  sourceName: string;
}

/** What a line of a source is: a paper, or a line that is none and why. */
export function paperFact(
  line: Line,
  { collectionId, sourceName }: Origin,
): NewEvent<'PaperIngested' | 'PaperRejected'> {
  const { paper, fault } = parsePaper(line);
  if (paper) return newEvent('PaperIngested', { ...paper, collectionId, line: line.number });
  return newEvent('PaperRejected', {
    paperId: fault.arxivId ?? `${sourceName}#${line.number}`,
    collectionId,
    line: line.number,
    code: fault.code,
    reason: fault.reason,
  });
}
