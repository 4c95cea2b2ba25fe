import type { Service } from '../../kernel/service.ts';
import {
  type Emit,
  type LoggedEvent,
  type NewEvent,
  newEvent,
  reactorService,
} from '../../schemas/catalogue.ts';

/** A request for a collection. */
export const collection = (collectionId: string, source = ''): NewEvent<'CollectionRequested'> =>
  newEvent('CollectionRequested', {
    collectionId,
    task: 'arxiv',
    source,
    sourceName: '',
    generated: true,
    from: null,
    to: null,
    requestedBy: 'ada',
  });

/** A fact of the collector's, of which an aggregate has many; pages are whole numbers, so 0.5 makes it invalid. */
export const page = (collectionId: string, number: number, records = 0): NewEvent<'PageCollected'> =>
  newEvent('PageCollected', {
    ...{ collectionId, task: 'arxiv', page: number, records, rejected: 0 },
    ...{ answer: null, next: null, total: null, repeated: 0 },
  });

/** A request of another stream. */
export const outcome = (requestId: string): NewEvent<'OutcomeReported'> =>
  newEvent('OutcomeReported', { requestId, label: '', value: null, reportedAt: 0, source: '' });

type Reaction = (
  event: LoggedEvent<'CollectionRequested'>,
  emit: Emit,
) => readonly NewEvent[] | Promise<readonly NewEvent[]>;

/** A collector with effects, that does this whenever a collection is asked for. */
export const collector = (react: Reaction): Service =>
  reactorService({
    name: 'collector',
    reactsTo: ['CollectionRequested'],
    start: () => ({ on: { CollectionRequested: react } }),
  });

/** A collector that publishes all pages of a collection at once but the last, which it returns. */
export const inPages = (
  pages: number,
  beforeEach: (page: number, collectionId: string) => void | Promise<void> = () => {},
): Service =>
  collector(async ({ subject }, emit) => {
    for (let number = 1; number < pages; number++) {
      await beforeEach(number, subject);
      await emit(page(subject, number));
    }
    await beforeEach(pages, subject);
    return [page(subject, pages)];
  });
