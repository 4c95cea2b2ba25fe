import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { refuseFuture } from '../../../kernel/clock.ts';
import { EpochlogError } from '../../../kernel/errors.ts';
import { flag, lookup } from '../../../kernel/texts.ts';
import { lineageOfVersion, toldLineage } from '../../../schemas/models/lineage.ts';
import { assertModelKnown, versionOf } from '../found.ts';
import { addList, moment, readPage } from '../lists.ts';
import type { ApiContext } from '../settings.ts';
import { type EventRow, event, toEvent } from './events.ts';

const version = z
  .object({
    version: z.string(),
    status: z.enum(['production', 'replaced', 'registered', 'approved', 'refused', 'archived']),
    stage: z
      .enum(['registered', 'staging', 'production', 'archived'])
      .describe('staging: it answers in another environment than production'),
    reason: z.string().nullable(),
    runId: z.string().nullable(),
    package: z.string().nullable(),
    modelHash: z.string().nullable(),
    datasetId: z.string().nullable(),
    evaluationId: z.string().nullable(),
    metrics: z.record(z.string(), z.number()).describe('of its evaluation, by name'),
    primaryMetric: z.string().nullable(),
    sizeMb: z.number().nullable().describe('all files of its package, in 1024 * 1024 bytes'),
    aliases: z.array(z.string()).describe('that stand for it'),
    tags: z.record(z.string(), z.string()),
    environments: z.array(z.string()).describe('other than production, in which it answers'),
    registeredAt: z.string().nullable(),
    firstInProductionAt: z.string().nullable(),
    lastInProductionAt: z.string().nullable(),
  })
  .meta({ id: 'Version' });

const inProduction = z.object({
  version: z.string(),
  package: z.string(),
  runId: z.string(),
  datasetId: z.string(),
  evaluationId: z.string(),
  reason: z.string(),
  requestedBy: z.string(),
  policyVersion: z.number().describe('of the policy that was followed; 0: the default'),
  since: z.string(),
  instant: z.string().describe('of the data that the change follows from; else the time of writing'),
  eventId: z.string(),
});

const serving = z.object({
  instance: z.string().describe('of the predictor'),
  state: z.enum(['serving', 'failed', 'ended']),
  version: z.string().nullable().describe('that was decided'),
  served: z.string().nullable().describe('that answers; null when none does'),
  reason: z.string().nullable().describe('why it is another'),
  since: z.string(),
  eventId: z.string(),
});

const change = z.object({
  version: z.string().nullable(),
  change: z.enum(['registered', 'approved', 'promoted', 'refused', 'archived', 'rolled_back', 'retired']),
  replaced: z.string().nullable().describe('version that was in production before'),
  runId: z.string().nullable(),
  datasetId: z.string().nullable(),
  evaluationId: z.string().nullable(),
  metrics: z.record(z.string(), z.number()).describe('of its evaluation, by name'),
  primaryMetric: z.string().nullable(),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  requestedBy: z.string().nullable(),
  policyVersion: z.number().describe('of the policy that was followed; 0: the default'),
  time: z.string(),
  instant: z.string().describe('of the data that it follows from; else the time of writing'),
  eventId: z.string(),
});

const history = z
  .object({
    model: z.string(),
    at: z.string(),
    production: inProduction.nullable().describe('null when nothing was in production then'),
    served: z
      .array(serving)
      .describe(
        'what each instance of the predictor had said of that decision; none when nothing was said yet',
      ),
    chain: z
      .array(event)
      .describe('the events that put it there: each is the cause of the next; empty with `chain=false`'),
    changes: z.array(change).describe('the latest hundred up to that moment, the latest first'),
  })
  .meta({ id: 'History' });

const lineage = z
  .object({
    model: z.string(),
    version: z.string().nullable(),
    runId: z.string(),
    engine: z.string().nullable().describe('of epochlog, or the trainer that it was reported by'),
    params: z.record(z.string(), z.unknown()),
    seed: z.number().nullable(),
    fromVersion: z.string().nullable().describe('version whose weights the training started from'),
    dataset: z
      .object({
        datasetId: z.string(),
        extends: z.string().nullable(),
        artifact: z.string(),
        contentHash: z.string(),
        taskVersion: z.string(),
        train: z.number(),
        validation: z.number(),
        test: z.number(),
        sources: z
          .array(z.object({ topic: z.string(), partition: z.number(), from: z.number(), to: z.number() }))
          .describe('offsets of the log that it was made of; `to` is exclusive'),
      })
      .nullable(),
    package: z.string().nullable(),
    modelHash: z.string().nullable(),
    evaluationId: z.string().nullable().describe('the last one on the test split'),
    epochs: z.number(),
    events: z
      .array(
        z.object({
          id: z.string(),
          type: z.string(),
          causationId: z.string().nullable().describe('id of the event that it follows from'),
          topic: z.string(),
          partition: z.number(),
          offset: z.string(),
          time: z.string(),
        }),
      )
      .describe(
        'of its dataset, run, evaluation, review, deployment, in the order of the log; without epochs',
      ),
  })
  .meta({ id: 'Lineage' });

const CHANGES = 100;

/** The versions of a model, and which of them was in production when. */
export function addRoutes(app: FastifyInstance, { query, clock, events }: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const params = z.object({ model: lookup });
  const tags = ['models'];

  addList(app, query, {
    url: '/v1/models/:model/versions',
    operationId: 'listVersions',
    summary: 'The versions of a model, the newest first',
    tags,
    query: 'versions/list',
    path: params,
    assertFound: ({ model }) => assertModelKnown(query, String(model)),
    item: version,
    key: ['registeredAt', 'version'],
  });

  routes.get(
    '/v1/models/:model/versions/:version',
    {
      schema: {
        operationId: 'getVersion',
        summary: 'A version: where it comes from, what was measured, and whether it is in production',
        tags,
        params: params.extend({ version: lookup }),
        response: { 200: version },
      },
    },
    ({ params: { model, version } }) => versionOf(query, model, version),
  );

  routes.get(
    '/v1/models/:model/versions/:version/lineage',
    {
      schema: {
        operationId: 'getLineage',
        summary: 'Where a version comes from: its run, its dataset, the offsets of the log, each event',
        tags,
        params: params.extend({ version: lookup }),
        response: { 200: lineage },
      },
    },
    async ({ params: { model, version } }) => {
      const found = await lineageOfVersion(events, model, version);
      if (found) return toldLineage(found);
      await versionOf(query, model, version);
      throw new EpochlogError(
        'NOT_FOUND',
        `${version} of ${model} was never registered: it comes from no run`,
      );
    },
  );

  routes.route({
    method: 'GET',
    url: '/v1/models/:model/history',
    schema: {
      operationId: 'getModelHistory',
      summary:
        'What was in production at a moment, whether it was served, and the chain of events that put it there',
      tags,
      params,
      querystring: z.object({
        at: moment.optional().describe('default: now'),
        chain: flag
          .default(true)
          .describe('false: without the chain of events, which takes most of the time'),
      }),
      response: { 200: history },
    },
    async handler({ params: { model }, query: { at = new Date(clock.now()).toISOString(), chain } }) {
      refuseFuture(at, Date.parse(at), clock.now());
      const [[production = null], { rows: changes }] = await Promise.all([
        query<z.infer<typeof inProduction>>('versions/in-production', { model, at }),
        readPage<z.infer<typeof change>>(query, 'versions/history', { model, at }, CHANGES),
      ]);
      if (!production && changes.length === 0) await assertModelKnown(query, model);
      if (!production) return { model, at, production, served: [], chain: [], changes };
      const { eventId } = production;
      const [served, causes] = await Promise.all([
        query<z.infer<typeof serving>>('servings/at', { model, decisionId: eventId, at }),
        chain ? query<EventRow>('audit/chain', { id: eventId }) : [],
      ]);
      return { model, at, production, served, chain: causes.map(toEvent), changes };
    },
  });
}
