import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { identifier, LIMITS, lookup, reason, version } from '../../../kernel/texts.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { REVIEW_FACTS, type Reviews, withReview } from '../../../schemas/models/reviews.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import { notFound } from '../found.ts';
import { pageAt, pageOf, pageQuery } from '../lists.ts';
import { assertModelLogged } from '../logged-models.ts';
import type { ApiContext } from '../settings.ts';

const MAX_REVIEWERS = 100;
const requestedBy = identifier.default('api');

const requested = z
  .strictObject({
    model: identifier,
    version,
    reviewId: identifier.describe('a new id of yours'),
    reviewers: z.array(identifier).max(MAX_REVIEWERS).default([]).describe('who is asked; empty: everybody'),
    deadline: z.iso
      .datetime({ offset: true })
      .max(40)
      .nullable()
      .default(null)
      .describe('null: by the policy'),
    notes: z.string().max(LIMITS.reason).default(''),
    requestedBy,
  })
  .meta({ id: 'ReviewRequest' });

const opinion = z
  .strictObject({
    outcome: z.enum(['approved', 'changes_requested', 'comment']),
    comment: reason.or(z.literal('')).default(''),
    requestedBy,
  })
  .meta({ id: 'ReviewOpinion' });

const review = z
  .object({
    reviewId: z.string(),
    model: z.string(),
    version: z.string(),
    state: z.enum(['open', 'approved', 'changes_requested']),
    overdue: z.boolean(),
    approvals: z.number().describe('that it takes at least'),
    reviewers: z.array(z.string()).readonly(),
    deadline: z.number().nullable().describe('milliseconds since the epoch'),
    notes: z.string(),
    requestedBy: z.string(),
    policyVersion: z.number(),
    opinions: z
      .array(z.object({ outcome: z.string(), comment: z.string(), requestedBy: z.string() }))
      .readonly(),
  })
  .meta({ id: 'Review' });

/** Reviews of versions: asked for, given, and read. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const accept = acceptIn(context);
  const tags = ['models'];
  const config = { role: 'operator', errors: ['CONFLICT', 'NOT_FOUND'] } as const;

  async function reviews(): Promise<Reviews> {
    let all: Reviews = new Map();
    for await (const event of context.events.scan(REVIEW_FACTS)) all = withReview(all, event);
    return all;
  }

  async function reviewNamed(id: string) {
    const all = await reviews();
    const found = all.get(id);
    if (!found) throw notFound('review', id, all.keys());
    return found;
  }

  routes.post(
    '/v1/reviews',
    {
      config,
      schema: {
        operationId: 'requestReview',
        summary: 'Ask people to review a version',
        tags,
        body: requested,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ body: { deadline, ...body }, headers }, reply) => {
      await assertModelLogged(context.events, body.model);
      const due = deadline === null ? null : Date.parse(deadline);
      return accept(newEvent('ReviewRequested', { ...body, deadline: due }), headers, reply);
    },
  );

  routes.post(
    '/v1/reviews/:reviewId',
    {
      config: { ...config, role: 'approver', speaksForItself: true },
      schema: {
        operationId: 'giveReview',
        summary: 'Approve a version, request changes, or comment',
        tags,
        params: z.object({ reviewId: identifier }),
        body: opinion,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ params: { reviewId }, body, headers }, reply) => {
      const { model } = await reviewNamed(reviewId);
      return accept(newEvent('ReviewGiven', { ...body, reviewId, model }), headers, reply);
    },
  );

  routes.get(
    '/v1/reviews',
    {
      schema: {
        operationId: 'listReviews',
        summary: 'Reviews of versions, by id',
        tags,
        querystring: z.object({
          model: lookup.optional(),
          version: lookup.optional(),
          state: z.enum(['open', 'approved', 'changes_requested']).optional(),
          ...pageQuery,
        }),
        response: { 200: pageOf(review) },
      },
    },
    async ({ query: { model, version, state, ...page } }) => {
      const isAsked = (one: z.infer<typeof review>) =>
        (model ?? one.model) === one.model &&
        (version ?? one.version) === one.version &&
        (state ?? one.state) === one.state;
      const asked = Array.from((await reviews()).values()).filter(isAsked);
      return pageAt(asked, ({ reviewId }) => reviewId, 'reviews', page);
    },
  );

  routes.get(
    '/v1/reviews/:reviewId',
    {
      config: { errors: ['NOT_FOUND'] } as const,
      schema: {
        operationId: 'getReview',
        summary: 'A review: who said what, and whether it has ended',
        tags,
        params: z.object({ reviewId: lookup }),
        response: { 200: review },
      },
    },
    ({ params: { reviewId } }) => reviewNamed(reviewId),
  );
}
