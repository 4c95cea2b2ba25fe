import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { refuseFuture } from '../../../kernel/clock.ts';
import { hyperparameter, lookup } from '../../../kernel/texts.ts';
import { addList, byOffset, moment, readPage } from '../lists.ts';
import type { ApiContext } from '../settings.ts';
import { type EventRow, event, toEvent } from './events.ts';

const version = z.object({
  version: z.string(),
  status: z.enum(['production', 'replaced', 'registered', 'refused', 'archived']),
  reason: z.string().nullable(),
  runId: z.string().nullable(),
  package: z.string().nullable(),
  modelHash: z.string().nullable(),
  datasetId: z.string().nullable(),
  evaluationId: z.string().nullable(),
  metrics: z.record(z.string(), z.number()).describe('of its evaluation, by name'),
  primaryMetric: z.string().nullable(),
  registeredAt: z.string().nullable(),
  firstInProductionAt: z.string().nullable(),
  lastInProductionAt: z.string().nullable(),
});

const declared = z.object({
  model: z.string(),
  version: z.string().describe('of the declaration'),
  task: z.string(),
  engine: z.string(),
  parameters: z.record(z.string(), hyperparameter),
  seed: z.number(),
  owner: z.string(),
  description: z.string(),
  intendedUse: z.string(),
  limits: z.string(),
  licence: z.string(),
  file: z.string().describe('the whole YAML file'),
  requestedBy: z.string(),
  declaredAt: z.string(),
});

const inProduction = z.object({
  version: z.string(),
  package: z.string(),
  runId: z.string(),
  datasetId: z.string(),
  evaluationId: z.string(),
  reason: z.string(),
  requestedBy: z.string(),
  since: z.string(),
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
  change: z.enum(['registered', 'promoted', 'refused', 'archived', 'rolled_back', 'retired']),
  replaced: z.string().nullable().describe('version that was in production before'),
  runId: z.string().nullable(),
  datasetId: z.string().nullable(),
  evaluationId: z.string().nullable(),
  metrics: z.record(z.string(), z.number()).describe('of its evaluation, by name'),
  primaryMetric: z.string().nullable(),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  requestedBy: z.string().nullable(),
  time: z.string(),
  eventId: z.string(),
});

const history = z.object({
  model: z.string(),
  at: z.string(),
  production: inProduction.nullable().describe('null when nothing was in production then'),
  served: z
    .array(serving)
    .describe(
      'what each instance of the predictor had said of that decision; none when nothing was said yet',
    ),
  chain: z.array(event).describe('the events that put it there: each is the cause of the next'),
  changes: z.array(change).describe('the latest hundred up to that moment, the latest first'),
});

const CHANGES = 100;

export function addRoutes(app: FastifyInstance, { query, clock }: ApiContext): void {
  const params = z.object({ model: lookup });
  const tags = ['models'];

  addList(app, query, {
    url: '/v1/models',
    summary: 'The models that are declared, each as it is now',
    tags,
    query: 'models/declared',
    filters: { model: lookup.optional() },
    item: declared,
    toItem: (row) => ({ ...row, parameters: JSON.parse(String(row.parameters)) }),
    paging: byOffset,
  });

  addList(app, query, {
    url: '/v1/models/:model/versions',
    summary: 'The versions of a model, the newest first',
    tags,
    query: 'versions/list',
    path: params,
    item: version,
    paging: byOffset,
  });

  app.withTypeProvider<ZodTypeProvider>().route({
    method: 'GET',
    url: '/v1/models/:model/history',
    schema: {
      summary:
        'What was in production at a moment, whether it was served, and the chain of events that put it there',
      tags,
      params,
      querystring: z.object({ at: moment.optional().describe('default: now') }),
      response: { 200: history },
    },
    async handler({ params: { model }, query: { at = new Date(clock.now()).toISOString() } }) {
      refuseFuture(at, Date.parse(at), clock.now());
      const [[production = null], { rows: changes }] = await Promise.all([
        query<z.infer<typeof inProduction>>('versions/in-production', { model, at }),
        readPage<z.infer<typeof change>>(query, 'versions/history', { model, at, offset: 0 }, CHANGES),
      ]);
      if (!production) return { model, at, production, served: [], chain: [], changes };
      const { eventId } = production;
      const [served, chain] = await Promise.all([
        query<z.infer<typeof serving>>('servings/at', { model, decisionId: eventId, at }),
        query<EventRow>('audit/chain', { id: eventId }),
      ]);
      return { model, at, production, served, chain: chain.map(toEvent), changes };
    },
  });
}
