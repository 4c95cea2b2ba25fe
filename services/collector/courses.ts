import { EpochlogError } from '../../kernel/errors.ts';
import { newEvent, type RecordedEvent, type Timer } from '../../schemas/catalogue.ts';
import type { PageCollected, RemoteCollectionRequested } from '../../schemas/events.generated.ts';

/** A page that is in the log: what the source answered, and where it goes on. */
export type KnownPage = Pick<PageCollected, 'answer' | 'next'>;

/** A remote collection that is not over. */
export interface Course {
  readonly request: RemoteCollectionRequested;
  /** when it was asked for, milliseconds since the epoch */
  readonly askedAt: number;
  readonly correlationId: string;
  readonly pages: readonly KnownPage[];
  /** how often the next page was asked for in vain */
  readonly attempts: number;
  /** when it is asked for again, milliseconds since the epoch; undefined when it is to be asked for now */
  readonly retryAt?: number | undefined;
}

interface Saved {
  readonly courses: Map<string, Course>;
  readonly failed: Map<string, KnownPage>;
}

/** The facts and requests from which the courses of remote collections follow. */
export const CHANGES = [
  'RemoteCollectionRequested',
  'PageCollected',
  'PageRequestFailed',
  'PageRequestDue',
  'CollectionCompleted',
  'CollectionFailed',
] as const;

/** The remote collections that are not over, and the last page of those that failed. */
export class Courses {
  #courses = new Map<string, Course>();
  #failed = new Map<string, KnownPage>();

  evolve(event: RecordedEvent): void {
    switch (event.type) {
      case 'RemoteCollectionRequested': {
        const { correlationId, time: askedAt, data: request } = event;
        if (this.#courses.has(request.collectionId)) return;
        const course = { request, askedAt, correlationId, pages: [], attempts: 0 };
        this.#courses.set(request.collectionId, course);
        return;
      }
      case 'PageCollected': {
        const { collectionId, answer, next } = event.data;
        this.#change(collectionId, ({ pages }) => ({
          pages: [...pages, { answer, next }],
          attempts: 0,
          retryAt: undefined,
        }));
        return;
      }
      case 'PageRequestFailed': {
        const { collectionId, attempt: attempts, retryAt } = event.data;
        this.#change(collectionId, () => ({ attempts, retryAt }));
        return;
      }
      case 'PageRequestDue':
        this.#change(event.data.collectionId, () => ({ retryAt: undefined }));
        return;
      case 'CollectionFailed': {
        const { collectionId } = event.data;
        const last = this.#courses.get(collectionId)?.pages.at(-1);
        if (last) this.#failed.set(collectionId, last);
        this.#courses.delete(collectionId);
        return;
      }
      case 'CollectionCompleted':
        this.#courses.delete(event.data.collectionId);
    }
  }

  /** Pages of a file belong to no course: it is read again. */
  #change(collectionId: string, change: (course: Course) => Partial<Course>): void {
    const course = this.#courses.get(collectionId);
    if (course) this.#courses.set(collectionId, { ...course, ...change(course) });
  }

  get(collectionId: string): Course | undefined {
    return this.#courses.get(collectionId);
  }

  /** Where the page begins that a failed collection could not have. NOT_FOUND when it has no page, or did not fail. */
  placeAfter(collectionId: string | null): string | null {
    if (collectionId === null) return null;
    const place = this.#failed.get(collectionId)?.next;
    if (place) return place;
    throw new EpochlogError(
      'NOT_FOUND',
      `${collectionId} is no collection of a remote source that failed after its first page: it cannot be continued`,
    );
  }

  /** One for each collection whose source is asked again later. */
  timers(): Timer[] {
    return [...this.#courses.values()].flatMap(({ request, correlationId, pages, attempts, retryAt }) => {
      if (retryAt === undefined) return [];
      const { collectionId, task } = request;
      const [page, attempt] = [pages.length + 1, attempts + 1];
      const event = newEvent('PageRequestDue', { collectionId, task, page, attempt, dueAt: retryAt });
      return [{ id: `${collectionId}/${page}/${attempt}`, dueAt: retryAt, event, correlationId }];
    });
  }

  snapshot(): Saved {
    return { courses: this.#courses, failed: this.#failed };
  }

  resume({ courses, failed }: Saved): void {
    this.#courses = courses;
    this.#failed = failed;
  }
}
