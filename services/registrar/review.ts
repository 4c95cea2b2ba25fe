import { type NewEvent, newEvent, type Timer } from '../../schemas/catalogue.ts';
import type { ReviewGiven, ReviewRequested, VersionRegistered } from '../../schemas/events.generated.ts';
import { needsReview, type Policy } from '../../schemas/models/policy.ts';
import { inProduction } from '../../schemas/models/production.ts';
import { approversOf, isApproved, type Review } from '../../schemas/models/reviews.ts';
import { compareWith } from './again.ts';
import { type ModelVersions, unknownVersion } from './versions.ts';

const REGISTRAR = 'registrar';
const OUTCOMES = ['approved', 'changes_requested', 'comment'];

/** Whether the policy lets a version go into production as far as people are asked. */
export const isReviewed = ({ policy, reviews }: ModelVersions, version: string): boolean =>
  !needsReview(policy.review) || isApproved(reviews, version);

/** What a version needs before it may go into production, for who asks for that without. */
export function missingReview(model: ModelVersions, version: string): string {
  const { approvals, roles } = model.policy.review;
  const asked = [
    approvals === 1 ? '1 approval' : `${Math.max(1, approvals)} approvals`,
    ...roles.flatMap(({ role, approvals: n }) => (n > 0 ? [`${n} of ${role}`] : [])),
  ];
  const open = openReviewOf(model, version);
  const advice = open
    ? `review ${open.reviewId} is open: epochlog review show ${open.reviewId}`
    : `epochlog review request ${version}`;
  return `the policy asks for ${asked.join(', ')}, and ${version} has no approved review; ${advice}`;
}

const openReviewOf = ({ reviews }: ModelVersions, version: string): Review | undefined =>
  reviews.values().find((review) => review.version === version && review.state === 'open');

/** Asks for the review of a version that is better, unless one is open. `now` in milliseconds since the epoch. */
export function openByItself(
  candidate: VersionRegistered,
  model: ModelVersions,
  notes: string,
  now: number,
): NewEvent[] {
  const { version, runId } = candidate;
  if (openReviewOf(model, version)) return [];
  const { deadline } = model.policy.review;
  return [
    opened(model, {
      ...{ model: candidate.model, version, reviewId: `${runId}-review`, notes, reviewers: [] },
      deadline: deadline === null ? null : now + deadline,
      requestedBy: REGISTRAR,
    }),
  ];
}

const opened = ({ policy }: ModelVersions, request: ReviewRequested): NewEvent =>
  newEvent('ReviewOpened', {
    ...request,
    approvals: Math.max(1, policy.review.approvals),
    policyVersion: policy.version,
  });

/** Opens a review, or says why not. */
export function onReviewRequested(model: ModelVersions, request: ReviewRequested, now: number): NewEvent[] {
  const { version, reviewId, reviewers, deadline, requestedBy } = request;
  const refused = (code: string, reason: string) => [refuse(model, request, code, reason)];
  if (!model.registered.has(version)) return refused('NOT_FOUND', unknownVersion(model, version));
  if (model.reviews.has(reviewId))
    return refused('CONFLICT', `there is a review ${reviewId} already: give another id`);
  const open = openReviewOf(model, version);
  if (open) return refused('CONFLICT', `review ${open.reviewId} of ${version} is open`);
  if (reviewers.includes(requestedBy))
    return refused('INPUT_INVALID', `${requestedBy} cannot review what ${requestedBy} asks for: name others`);
  if (deadline !== null && deadline <= now)
    return refused('INPUT_INVALID', `the deadline ${new Date(deadline).toISOString()} has passed`);
  const byPolicy = model.policy.review.deadline;
  const due = deadline ?? (byPolicy === null ? null : now + byPolicy);
  return [opened(model, { ...request, deadline: due })];
}

/** Records what somebody says of a version, and concludes the review where that decides it. */
export function onReviewGiven(model: ModelVersions, given: ReviewGiven, now: number): NewEvent[] {
  const { reviewId, outcome, comment, requestedBy } = given;
  const review = model.reviews.get(reviewId);
  const fault = faultOf(model, review, given);
  if (!review || fault) {
    const { code, reason } = fault!;
    return [refuse(model, { ...given, version: review?.version ?? null }, code, reason)];
  }
  const { version, model: name } = review;
  const after = { ...review, opinions: [...review.opinions, { outcome, comment, requestedBy }] };
  const policyVersion = model.policy.version;
  const about = { model: name, version, reviewId };
  const recorded = newEvent('ReviewRecorded', {
    ...about,
    ...{ outcome, comment, roles: rolesOf(model.policy.review, requestedBy) },
    approvals: approversOf(after).length,
    requestedBy,
    policyVersion,
  });
  const concluded = (how: string, reason: string) =>
    newEvent('ReviewConcluded', { ...about, outcome: how, reason, policyVersion });
  if (outcome === 'changes_requested')
    return [recorded, concluded(outcome, `${requestedBy}: ${comment || 'changes are requested'}`)];
  if (outcome === 'comment' || missingApprovals(model.policy.review, after).length > 0) return [recorded];
  const by = `approved by ${approversOf(after).join(', ')}`;
  return [recorded, concluded('approved', by), ...decideAgain(model, version, now)];
}

/** A version that waited for its review is measured again, beside what is in production now: then the policy decides. */
function decideAgain(model: ModelVersions, version: string, now: number): NewEvent[] {
  const candidate = model.registered.get(version);
  if (!candidate || !model.undecided.has(version) || model.held.has(candidate.runId)) return [];
  const rival = model.registered.get(inProduction(model.decisions)?.version ?? '');
  return [compareWith(rival, candidate, `reviewed-${now}`)];
}

type Fault = { code: 'NOT_FOUND' | 'CONFLICT' | 'INPUT_INVALID'; reason: string };

function faultOf(model: ModelVersions, review: Review | undefined, given: ReviewGiven): Fault | undefined {
  const { reviewId, outcome, requestedBy } = given;
  if (!review) {
    const known = [...model.reviews.keys()].slice(-5).join(', ') || 'none';
    return { code: 'NOT_FOUND', reason: `there is no review ${reviewId}; the last ones: ${known}` };
  }
  if (!OUTCOMES.includes(outcome))
    return { code: 'INPUT_INVALID', reason: `there is no outcome ${outcome}: ${OUTCOMES.join(', ')}` };
  if (review.state !== 'open')
    return {
      code: 'CONFLICT',
      reason: `review ${reviewId} has ended (${review.state}): ask for another one`,
    };
  if (outcome === 'comment') return undefined;
  if (requestedBy === review.requestedBy)
    return { code: 'CONFLICT', reason: `${requestedBy} asked for this review, and cannot decide it` };
  if (review.reviewers.length > 0 && !review.reviewers.includes(requestedBy)) {
    const asked = review.reviewers.join(', ');
    return { code: 'CONFLICT', reason: `${requestedBy} is not asked, ${asked} are: comment instead` };
  }
  const { roles } = model.policy.review;
  if (roles.length === 0 || rolesOf(model.policy.review, requestedBy).length > 0) return undefined;
  const names = roles.map(({ role }) => role).join(', ');
  return {
    code: 'CONFLICT',
    reason: `${requestedBy} has none of the roles of the policy (${names}): comment instead`,
  };
}

const rolesOf = ({ roles }: Policy['review'], person: string): string[] =>
  roles.flatMap(({ role, people }) => (people.includes(person) ? [role] : []));

/** The approvals that are missing, in words. */
export function missingApprovals({ approvals, roles }: Policy['review'], review: Review): string[] {
  const approvers = approversOf(review);
  const missing = Math.max(1, approvals) - approvers.length;
  return [
    ...(missing > 0 ? [`${missing} more`] : []),
    ...roles.flatMap(({ role, people, approvals: asked }) => {
      const lacking = asked - approvers.filter((person) => people.includes(person)).length;
      return lacking > 0 ? [`${lacking} of ${role}`] : [];
    }),
  ];
}

/** When the open reviews with a deadline become overdue. */
export const reviewTimers = ({ reviews, policy }: ModelVersions): Timer[] =>
  [...reviews.values()].flatMap((review) => {
    const { model, version, reviewId, deadline, state, overdue } = review;
    if (state !== 'open' || overdue || deadline === null) return [];
    const missing = missingApprovals(policy.review, review).join(', ');
    const due = { model, version, reviewId, missing, dueAt: deadline, policyVersion: policy.version };
    return [{ id: reviewId, dueAt: deadline, event: newEvent('ReviewOverdue', due) }];
  });

const refuse = (
  { policy }: ModelVersions,
  about: { model: string; reviewId: string; version: string | null; requestedBy: string },
  code: string,
  reason: string,
): NewEvent => {
  const { model, reviewId, version, requestedBy } = about;
  return newEvent('ReviewRefused', {
    ...{ model, reviewId, version, code, reason, requestedBy },
    policyVersion: policy.version,
  });
};
