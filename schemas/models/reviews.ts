import type { ReviewConcluded, ReviewOpened, ReviewOverdue, ReviewRecorded } from '../events.generated.ts';

/** The facts of a model that say how its reviews went. */
export const REVIEW_FACTS = ['ReviewOpened', 'ReviewRecorded', 'ReviewConcluded', 'ReviewOverdue'] as const;

/** Such a fact. */
export type ReviewFact =
  | { type: 'ReviewOpened'; data: ReviewOpened }
  | { type: 'ReviewRecorded'; data: ReviewRecorded }
  | { type: 'ReviewConcluded'; data: ReviewConcluded }
  | { type: 'ReviewOverdue'; data: ReviewOverdue };

/** What somebody said. */
export type Opinion = Pick<ReviewRecorded, 'outcome' | 'comment' | 'requestedBy'>;

/** A review of a version. */
export interface Review extends ReviewOpened {
  readonly state: 'open' | 'approved' | 'changes_requested';
  /** the deadline has passed while it was open */
  readonly overdue: boolean;
  /** in the order in which they were given, comments too */
  readonly opinions: readonly Opinion[];
}

/** By id, in the order in which they were opened. */
export type Reviews = ReadonlyMap<string, Review>;

/** Folds a fact. */
export function withReview(reviews: Reviews, { type, data }: ReviewFact): Reviews {
  if (type === 'ReviewOpened') {
    return new Map(reviews).set(data.reviewId, { ...data, state: 'open', overdue: false, opinions: [] });
  }
  const before = reviews.get(data.reviewId);
  return before
    ? new Map(reviews).set(data.reviewId, { ...before, ...changeBy(before, { type, data } as ReviewFact) })
    : reviews;
}

function changeBy(before: Review, { type, data }: ReviewFact): Partial<Review> {
  switch (type) {
    case 'ReviewRecorded': {
      const { outcome, comment, requestedBy } = data;
      return { opinions: [...before.opinions, { outcome, comment, requestedBy }] };
    }
    case 'ReviewConcluded':
      return { state: data.outcome === 'approved' ? 'approved' : 'changes_requested' };
    case 'ReviewOverdue':
      return { overdue: true };
    default:
      return {};
  }
}

/** The people who approve a version, each by what they said last. */
export function approversOf({ opinions }: Review): string[] {
  const last = new Map<string, string>();
  for (const { outcome, requestedBy } of opinions) if (outcome !== 'comment') last.set(requestedBy, outcome);
  return [...last].flatMap(([person, outcome]) => (outcome === 'approved' ? [person] : []));
}

/** Whether a version was approved. */
export const isApproved = (reviews: Reviews, version: string): boolean =>
  reviews.values().some((review) => review.version === version && review.state === 'approved');
