import { EpochlogError } from '../../kernel/errors.ts';
import type { RecordedEvent } from '../../schemas/catalogue.ts';
import type { KnownPage } from './remote.ts';

type Saved = [collectionId: string, pages: KnownPage[]][];

/** The pages of remote collections that are not over, and the last one of those that failed. */
export class Courses {
  readonly #pages = new Map<string, KnownPage[]>();

  evolve({ type, data }: RecordedEvent): void {
    switch (type) {
      case 'PageCollected': {
        const { collectionId, answer, next } = data;
        if (answer === null) return; // of a file, which is read again
        const pages = this.#pages.get(collectionId) ?? [];
        pages.push({ answer, next });
        this.#pages.set(collectionId, pages);
        return;
      }
      case 'CollectionCompleted':
        this.#pages.delete(data.collectionId);
        return;
      case 'CollectionFailed': {
        const last = this.#pages.get(data.collectionId)?.at(-1);
        if (last) this.#pages.set(data.collectionId, [last]);
      }
    }
  }

  pagesOf(collectionId: string): readonly KnownPage[] {
    return [...(this.#pages.get(collectionId) ?? [])];
  }

  /** Where the page begins that a failed collection could not have. NOT_FOUND when it has no page, or did not fail. */
  placeAfter(collectionId: string | null): string | null {
    if (collectionId === null) return null;
    const place = this.#pages.get(collectionId)?.at(-1)?.next;
    if (place) return place;
    throw new EpochlogError(
      'NOT_FOUND',
      `${collectionId} is no collection of a remote source that failed after its first page: it cannot be continued`,
    );
  }

  snapshot(): Saved {
    return [...this.#pages];
  }

  resume(saved: Saved): void {
    for (const [collectionId, pages] of saved) this.#pages.set(collectionId, pages);
  }
}
