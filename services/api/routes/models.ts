import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { refuseFuture } from '../../../kernel/clock.ts';
import { EpochlogError } from '../../../kernel/errors.ts';
import { suggestion } from '../../../kernel/nearest.ts';
import { declaration, hyperparameter, identifier, lookup } from '../../../kernel/texts.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { assertTrainable, declaredModel } from '../../../tasks/models.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import { addList, byOffset, moment, readPage } from '../lists.ts';
import type { ApiContext } from '../settings.ts';
import { loggedTasks } from '../tasks.ts';
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
  policyVersion: z.number().describe('of the policy that was followed; 0: the default'),
  time: z.string(),
  instant: z.string().describe('of the data that it follows from; else the time of writing'),
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
const MAX_MODELS = 1_000;

type Row = Readonly<Record<string, unknown>>;

export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const { query, clock, events } = context;
  const accept = acceptIn(context);
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const params = z.object({ model: lookup });
  const tags = ['models'];
  const toDeclared = (row: Row) => ({ ...row, parameters: JSON.parse(String(row.parameters)) });

  routes.post(
    '/v1/models',
    {
      config: { errors: ['CONFLICT', 'TASK_UNKNOWN', 'ENGINE_UNKNOWN'] },
      schema: {
        summary: 'Declare a model, or change how it is trained from now on',
        tags: ['requests'],
        body: z.strictObject({
          file: declaration.describe('the whole YAML file'),
          requestedBy: identifier.default('api'),
        }),
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ body: { file, requestedBy }, headers }, reply) => {
      const model = declaredModel('the file', file);
      assertTrainable(model, await loggedTasks(events));
      return accept(newEvent('ModelDeclared', { ...model, requestedBy }), headers, reply);
    },
  );

  routes.get(
    '/v1/models/:model',
    {
      schema: { summary: 'A model as it is declared now', tags, params, response: { 200: declared } },
    },
    async ({ params: { model } }) => {
      const all = { limit: MAX_MODELS, offset: 0 };
      const [found] = await query<Row>('models/declared', { ...all, model });
      if (found) return toDeclared(found) as z.infer<typeof declared>;
      const others = await query<{ model: string }>('models/declared', { ...all, model: null });
      const known = suggestion(
        model,
        others.map((row) => row.model),
      );
      throw new EpochlogError('NOT_FOUND', `no model ${model} is declared; ${known}`);
    },
  );

  addList(app, query, {
    url: '/v1/models',
    summary: 'The models that are declared, each as it is now',
    tags,
    query: 'models/declared',
    filters: { model: lookup.optional() },
    item: declared,
    toItem: toDeclared,
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

  routes.route({
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
