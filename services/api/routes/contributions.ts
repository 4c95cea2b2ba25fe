import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { newId } from '../../../kernel/ids.ts';
import { identifier, lookup, version } from '../../../kernel/texts.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import {
  CONTRIBUTION_EVENTS,
  type Contributions,
  type ToldContribution,
  withContribution,
} from '../../../schemas/contributions/contributions.ts';
import { CHANGES } from '../../../tasks/reported-run.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import { notFound } from '../found.ts';
import { pageAt, pageOf, pageQuery } from '../lists.ts';
import { assertModelLogged } from '../logged-models.ts';
import type { ApiContext } from '../settings.ts';
import { uploadedRecords, uploadOf } from '../uploads.ts';

const BODY_BYTES = 16 * 1024 * 1024;

const contributed = z
  .strictObject({
    model: identifier,
    contributor: identifier.describe('whose the records are'),
    ...uploadedRecords,
    baseline: version.nullable().default(null).describe('version to start from; null: the one in production'),
    contributionId: identifier.optional().describe('a new id of yours; by default the API makes one'),
    change: z
      .enum(CHANGES)
      .nullable()
      .default(null)
      .describe('what the version is if it is accepted; null: what has changed says it'),
    requestedBy: identifier.default('api'),
  })
  .meta({
    id: 'ContributionRequest',
    example: {
      model: 'account-health',
      contributor: 'grace',
      records: [
        {
          ...{ snapshot_id: 's-2', day: '2026-03-02', account_id: 'a-2', plan: 'team', seats: 9 },
          ...{ logins_30d: 4, health: 'at_risk' },
        },
      ],
    },
  });

const contribution = z
  .object({
    contributionId: z.string(),
    model: z.string(),
    contributor: z.string(),
    state: z.enum(['running', 'accepted', 'refused']),
    code: z.string().nullable().describe('why it was refused'),
    reason: z.string().nullable(),
    requestedAt: z.string(),
    baseline: z.string().nullable().describe('version that it started from'),
    counts: z
      .object({
        rows: z.number(),
        added: z.number().describe('that are new'),
        duplicates: z.number(),
        invalid: z.number(),
        invalidBy: z.record(z.string(), z.number()).describe('why'),
      })
      .nullable(),
    labels: z
      .object({
        records: z.number(),
        share: z.number().describe('of the new records, whose label the baseline gives'),
        low: z.number(),
        high: z.number(),
        benchmark: z.number().describe('accuracy of the baseline on its own test split'),
      })
      .nullable(),
    samples: z.number().nullable().describe('of the benchmark'),
    deltas: z
      .array(
        z.object({
          metric: z.string(),
          baseline: z.number(),
          contribution: z.number(),
          improvement: z.number().describe('above 0 is better, whichever direction that is'),
          low: z.number().nullable(),
          high: z.number().nullable(),
        }),
      )
      .readonly()
      .describe('by metric; ends of the 95 % interval where samples are compared in pairs'),
    hashes: z
      .object({
        data: z.string().describe('of the file as it came'),
        content: z.string().nullable().describe('of the dataset that was trained on'),
        code: z.string().describe('of the code that prepares, trains and measures'),
        model: z.string().nullable(),
      })
      .nullable(),
    runId: z.string().nullable(),
    package: z.string().nullable(),
  })
  .meta({ id: 'Contribution' });

function toItem(told: ToldContribution): z.infer<typeof contribution> {
  const { integrated, labels, measured, accepted: taken, requestedAt, ...rest } = told;
  const counts = integrated && {
    ...{ rows: integrated.rows, added: integrated.added, duplicates: integrated.duplicates },
    ...{ invalid: integrated.invalid, invalidBy: { ...integrated.invalidBy } },
  };
  return {
    ...rest,
    requestedAt: new Date(requestedAt).toISOString(),
    baseline: integrated?.baseline ?? null,
    counts,
    labels,
    samples: measured?.samples ?? null,
    deltas: measured?.deltas ?? [],
    hashes: integrated && {
      ...{ data: integrated.data, code: integrated.codeHash },
      ...{ content: taken?.contentHash ?? null, model: taken?.modelHash ?? null },
    },
    runId: integrated?.runId ?? null,
    package: measured?.package ?? null,
  };
}

/** Contributions of labelled records: offered, and what each is worth. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const { events, artifacts, clock } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const accept = acceptIn(context);

  async function contributions(): Promise<Contributions> {
    let all: Contributions = new Map();
    for await (const event of events.scan(CONTRIBUTION_EVENTS)) all = withContribution(all, event);
    return all;
  }

  routes.post(
    '/v1/contributions',
    {
      bodyLimit: BODY_BYTES,
      config: { role: 'operator', errors: ['CONFLICT', 'NOT_FOUND'] },
      schema: {
        operationId: 'requestContribution',
        summary: 'Offer labelled records to a model, and learn what it gains from them',
        description:
          'The outcome comes when a model is trained on them too and both are measured: minutes, not seconds.',
        tags: ['requests'],
        body: contributed,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ body, headers }, reply) => {
      const { model, contributor, baseline, change, requestedBy } = body;
      await assertModelLogged(events, model);
      const { digest: data, name: dataName } = await uploadOf(body, artifacts);
      const contributionId = body.contributionId ?? `api-${headers['idempotency-key'] ?? newId(clock.now())}`;
      const request = { contributionId, model, baseline, data, dataName, contributor, change, requestedBy };
      return accept(newEvent('ContributionRequested', request), headers, reply);
    },
  );

  routes.get(
    '/v1/contributions',
    {
      schema: {
        operationId: 'listContributions',
        summary: 'Contributions by id, and what became of each',
        tags: ['models'],
        querystring: z.object({
          model: lookup.optional(),
          contributor: lookup.optional(),
          state: z.enum(['running', 'accepted', 'refused']).optional(),
          ...pageQuery,
        }),
        response: { 200: pageOf(contribution) },
      },
    },
    async ({ query: { model, contributor, state, ...page } }) => {
      const all = [...(await contributions()).values()].filter(
        (one) =>
          (model ?? one.model) === one.model &&
          (contributor ?? one.contributor) === one.contributor &&
          (state ?? one.state) === one.state,
      );
      return pageAt(all.map(toItem), ({ contributionId }) => contributionId, 'contributions', page);
    },
  );

  routes.get(
    '/v1/contributions/:contributionId',
    {
      config: { errors: ['NOT_FOUND'] },
      schema: {
        operationId: 'getContribution',
        summary: 'A contribution: what was added, what the model gains, and whether it was accepted',
        tags: ['models'],
        params: z.object({ contributionId: lookup }),
        response: { 200: contribution },
      },
    },
    async ({ params: { contributionId } }) => {
      const all = await contributions();
      const found = all.get(contributionId);
      if (!found) throw notFound('contribution', contributionId, all.keys());
      return toItem(found);
    },
  );
}
