import type { EventReader } from '../schemas/catalogue.ts';
import { REVIEW_FACTS, type Review, withReview } from '../schemas/models/reviews.ts';

/** The reviews of all models by id, in the order in which they were opened. */
export async function readReviews(events: Pick<EventReader, 'scan'>): Promise<Map<string, Review>> {
  let reviews = new Map<string, Review>();
  for await (const event of events.scan(REVIEW_FACTS)) reviews = new Map(withReview(reviews, event));
  return reviews;
}
