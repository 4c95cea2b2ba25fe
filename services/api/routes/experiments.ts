import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { identifier, LIMITS, lookup, reason } from '../../../kernel/texts.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import { analysis, arm, audience, change, metric, ownMetric } from '../experiments.ts';
import { notFound } from '../found.ts';
import { addList } from '../lists.ts';
import { assertModelLogged } from '../logged-models.ts';
import type { ApiContext } from '../settings.ts';

const asked = {
  reason: reason.default('asked for over HTTP'),
  requestedBy: identifier.default('api'),
};
const orPolicy = 'null: as the policy of the model says';
const MAX_ARMS = 10;

const experiment = z
  .strictObject({
    ...asked,
    experimentId: identifier.describe('name of the experiment, which no other has'),
    model: identifier,
    arms: z.array(arm.strict()).max(MAX_ARMS).describe('control first: the version in production'),
    traffic: z.number().default(100).describe('per cent of the routing keys of the audience that take part'),
    audience: z
      .strictObject({
        keys: z.array(identifier).max(LIMITS.entries).default([]),
        attributes: z
          .array(z.strictObject({ name: identifier, values: z.array(identifier).max(LIMITS.entries) }))
          .max(LIMITS.parameters)
          .default([]),
      })
      .default({ keys: [], attributes: [] })
      .describe(audience.description ?? ''),
    metrics: z
      .array(
        metric
          .extend({ better: metric.shape.better.default(null), margin: metric.shape.margin.default(null) })
          .strict(),
      )
      .max(LIMITS.parameters)
      .default([])
      .describe('none: accuracy or mae decides, errorRate and latency must not get worse'),
    ownMetrics: z
      .array(ownMetric)
      .max(LIMITS.parameters)
      .default([])
      .describe('what each answer is worth by the metrics custom.NAME among those that are compared'),
    segments: z.array(identifier).max(LIMITS.parameters).default([]),
    minimumUnits: z.int32().nullable().default(null).describe(orPolicy),
    minimumImprovement: z.number().nullable().default(null).describe(orPolicy),
    significance: z.number().nullable().default(null).describe(orPolicy),
    analyseEvery: z.int().nullable().default(null).describe(`milliseconds; ${orPolicy}`),
    maximumDuration: z.int().nullable().default(null).describe(`milliseconds; ${orPolicy}`),
    promotes: z.boolean().nullable().default(null).describe(orPolicy),
  })
  .meta({
    id: 'ExperimentRequest',
    example: {
      experimentId: 'shorter-titles',
      model: 'account-health',
      arms: [
        { name: 'control', version: 'v1.0.0', share: 50 },
        { name: 'treatment', version: 'v1.1.0', share: 50 },
      ],
    },
  });

const ending = z.strictObject(asked).meta({ id: 'ExperimentEndRequest', example: { reason: 'seen enough' } });
const promotion = z
  .strictObject({ ...asked, arm: identifier.nullable().default(null).describe('null: the one that won') })
  .meta({ id: 'ExperimentPromotionRequest', example: { reason: 'it won' } });

const STATES = ['running', 'concluded', 'stopped'] as const;
const item = z
  .object({
    experimentId: z.string(),
    model: z.string(),
    state: z.enum(STATES),
    verdict: z.string().nullable().describe('of the last analysis: PROMOTE, KEEP or INCONCLUSIVE'),
    winner: z.string().nullable(),
    arms: z.array(arm),
    traffic: z.number(),
    analyses: z.number(),
    units: z.array(z.number()).describe('of each arm, by the last analysis'),
    startedAt: z.string(),
    endedAt: z.string().nullable(),
    reason: z.string().nullable().describe('why it ended'),
    requestedBy: z.string(),
  })
  .meta({ id: 'Experiment' });

const detail = z
  .object({
    experimentId: z.string(),
    model: z.string(),
    state: z.enum(STATES),
    analysis: analysis.nullable().describe('the last one'),
    changes: z.array(change).describe('how it started, ended, and what was promoted'),
  })
  .meta({ id: 'ExperimentDetail' });

type HistoryRow = z.infer<typeof change> & z.infer<typeof analysis> & { experimentId: string; model: string };

/** Experiments: which version of a model is better on a part of its traffic. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const { query } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const accept = acceptIn(context);
  const config = { role: 'operator', errors: ['CONFLICT', 'NOT_FOUND'] } as const;
  const params = z.object({ id: lookup });

  routes.post(
    '/v1/experiments',
    {
      config,
      schema: {
        operationId: 'requestExperiment',
        summary: 'Ask for versions of a model to be compared on a part of its traffic',
        tags: ['requests'],
        body: experiment,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ body, headers }, reply) => {
      await assertModelLogged(context.events, body.model);
      return accept(newEvent('ExperimentRequested', body), headers, reply);
    },
  );

  for (const [verb, type, summary] of [
    ['stop', 'ExperimentStopRequested', 'Ask for an experiment to end without a verdict'],
    [
      'conclude',
      'ExperimentConcludeRequested',
      'Ask for a last analysis of an experiment, with which it ends',
    ],
  ] as const) {
    routes.post(
      `/v1/experiments/:id/${verb}`,
      {
        config,
        schema: {
          operationId: `${verb}Experiment`,
          summary,
          tags: ['requests'],
          params,
          body: ending,
          headers: idempotency,
          response: { 202: accepted },
        },
      },
      async ({ params: { id: experimentId }, body, headers }, reply) => {
        await assertExperimentLogged(context, experimentId);
        return accept(newEvent(type, { ...body, experimentId }), headers, reply);
      },
    );
  }

  routes.post(
    '/v1/experiments/:id/promote',
    {
      config,
      schema: {
        operationId: 'promoteExperiment',
        summary: 'Ask for an arm of a concluded experiment to be deployed, as the policy of its model says',
        tags: ['requests'],
        params,
        body: promotion,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ params: { id: experimentId }, body, headers }, reply) => {
      await assertExperimentLogged(context, experimentId);
      return accept(newEvent('ExperimentPromoteRequested', { ...body, experimentId }), headers, reply);
    },
  );

  addList(app, query, {
    url: '/v1/experiments',
    operationId: 'listExperiments',
    summary: 'The experiments that were started, the newest first',
    tags: ['models'],
    query: 'experiments/list',
    filters: { model: lookup.optional(), state: z.enum(STATES).optional() },
    item,
    key: ['startedAt', 'experimentId'],
  });

  routes.get(
    '/v1/experiments/:id',
    {
      config: { errors: ['NOT_FOUND'] },
      schema: {
        operationId: 'getExperiment',
        summary: 'An experiment: its design, the last analysis with all numbers, and how it ended',
        tags: ['models'],
        params,
        response: { 200: detail },
      },
    },
    async ({ params: { id: experimentId } }) => {
      const rows = await query<HistoryRow>('experiments/by-id', { experimentId });
      const [first] = rows;
      if (!first) throw await experimentNotFound(context, experimentId);
      const analysed = rows.find((row) => row.change === 'analysed');
      const ended = rows.find((row) => row.change === 'concluded' || row.change === 'stopped');
      return {
        experimentId,
        model: first.model,
        state: ended?.change === 'concluded' ? 'concluded' : ended ? 'stopped' : 'running',
        analysis: analysed ?? null,
        changes: rows.filter((row) => row !== analysed),
      } as const;
    },
  );
}

/** NOT_FOUND, with the nearest name, unless an experiment of that name was started. */
async function assertExperimentLogged({ events }: ApiContext, experimentId: string): Promise<void> {
  const known: string[] = [];
  for await (const { data } of events.scan(['ExperimentStarted'])) known.push(data.experimentId);
  if (!known.includes(experimentId)) throw notFound('experiment', experimentId, known);
}

async function experimentNotFound({ query }: ApiContext, experimentId: string) {
  const known = await query<{ experimentId: string }>('experiments/list', {
    model: null,
    state: null,
    after: [],
    limit: 1_000,
  });
  return notFound(
    'experiment',
    experimentId,
    known.map((one) => one.experimentId),
  );
}
