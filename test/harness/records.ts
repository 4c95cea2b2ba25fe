import { newEvent } from '../../schemas/catalogue.ts';
import type { RecordIngested, SampleAccepted } from '../../schemas/events.generated.ts';

/** The row of a paper, as arXiv lists it. */
export const paperRow = (
  arxivId: string,
  change: RecordIngested['fields'] = {},
): RecordIngested['fields'] => ({
  arxiv_id: arxivId,
  title: `On ${arxivId}`,
  abstract: 'An abstract.',
  authors: ['Ada'],
  categories: ['cs.LG'],
  primary_category: 'cs.LG',
  published: '2024-01-01',
  ...change,
});

/** A paper that was ingested. */
export const ingested = (arxivId: string, change: RecordIngested['fields'] = {}, line = 1) =>
  newEvent('RecordIngested', {
    task: 'arxiv',
    recordId: arxivId,
    time: String(change.published ?? '2024-01-01'),
    collectionId: 'c',
    line,
    taskVersion: '1',
    fields: paperRow(arxivId, change),
  });

/** A paper that was accepted as a sample. */
export const acceptedSample = (arxivId: string, change: Partial<SampleAccepted> = {}) =>
  newEvent('SampleAccepted', {
    task: 'arxiv',
    recordId: arxivId,
    taskVersion: '1',
    instance: { title: `On ${arxivId}`, abstract: 'An abstract.' },
    target: 'cs.LG',
    otherLabels: [],
    time: '2024-01-01',
    group: null,
    cleaning: [],
    replaces: false,
    revision: null,
    revisedAt: null,
    ...change,
  });
